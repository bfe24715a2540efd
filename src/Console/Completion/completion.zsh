#compdef gk
# Completes gk in zsh. Use: source <(gk completion zsh)
_gk_complete() {
    local line="${LBUFFER#*gk}"
    line="${line##[[:space:]]#}"
    local -a words folders
    words=("${(@f)$(gk "[suggest:${#line}]" "$line" 2>/dev/null)}")
    folders=("${(@M)words:#*/}")
    words=("${(@)words:#*/}")
    [[ -n "${folders[*]}" ]] && compadd -S '' -- "${folders[@]}"
    [[ -n "${words[*]}" ]] && compadd -- "${words[@]}"
}
setopt local_options extended_glob 2>/dev/null
compdef _gk_complete gk
