#compdef gk
# Completes gk in zsh. Use: source <(gk completion zsh), or save it as _gk in a folder of $fpath
_gk_complete() {
    emulate -L zsh
    local line="${(j: :)words[2,CURRENT-1]} $PREFIX"
    line="${line# }"
    local -a found folders
    found=("${(@f)$(gk "[suggest:${#line}]" "$line" 2>/dev/null </dev/null)}")
    folders=("${(@M)found:#*/}")
    found=("${(@)found:#(|*/)}")
    local -i none=1
    (( $#folders )) && compadd -S '' -- "${folders[@]}" && none=0
    (( $#found )) && compadd -- "${found[@]}" && none=0
    return none
}
if [[ $funcstack[1] == _gk ]]; then
    _gk_complete "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -D -i }
    compdef _gk_complete gk
fi
