# Completes gk in bash. Use: source <(gk completion bash)
_gk_complete() {
    local line="${COMP_LINE:0:COMP_POINT}" current="$2" begun word
    line="${line#*"${COMP_WORDS[0]}"}"
    line="${line#"${line%%[![:space:]]*}"}"
    # bash parts words at : and =, too, and replaces what is behind it only. It expands the words of compgen -W, and node names are anybody's.
    begun="${line##*[[:space:]]}"
    begun="${begun%"$current"}"
    COMPREPLY=()
    while IFS= read -r word; do
        [[ $word == "$begun$current"* ]] && COMPREPLY+=("${word#"$begun"}")
    done < <(gk "[suggest:${#line}]" "$line" 2>/dev/null </dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == */ ]]; then
        compopt -o nospace
    fi
}
complete -F _gk_complete gk
