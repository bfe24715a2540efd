# Completes gk in fish. Use: gk completion fish | source
function __gk_complete
    set -l words (commandline -opc)
    # Variables may be set before the command's name.
    while string match -qr '^\w+=' -- $words[1]
        set -e words[1]
    end
    set -e words[1]
    set -l line (string join -- ' ' $words (commandline -ct) | string collect)
    gk "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null </dev/null
end
complete -c gk -f -a '(__gk_complete)'
