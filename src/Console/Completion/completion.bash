# Completes gk in bash. Use: source <(gk completion bash)
_gk_complete() {
    local line="${COMP_LINE:0:COMP_POINT}" current="${COMP_WORDS[COMP_CWORD]}"
    line="${line#*gk}"
    line="${line#"${line%%[![:space:]]*}"}"
    local IFS=$'\n'
    COMPREPLY=($(compgen -W "$(gk "[suggest:${#line}]" "$line" 2>/dev/null)" -- "$current"))
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == */ ]]; then
        compopt -o nospace
    fi
}
complete -F _gk_complete gk
