# Completes gk in fish. Use: gk completion fish | source
function __gk_complete
    set -l line (string replace -r '^\s*\S+\s*' '' -- (commandline -cp))
    gk "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
end
complete -c gk -f -a '(__gk_complete)'
