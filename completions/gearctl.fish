# Completion of gearctl for fish: a file gearctl.fish in ~/.config/fish/completions
function __gearctl_complete
    set -l token (commandline -ct)
    set -l word (string unescape -- $token; or string unescape -- (string replace -r '\\\\$' '' -- $token))
    set -l lines (command gearctl __complete (commandline -opc)[2..] "$word" </dev/null 2>/dev/null)
    if test "$lines[1]" != files
        string join -- \n $lines
        return
    end
    set -l option (string match -r -- '^-[^=]*=' "$token"; or echo) # of --option=path
    for file in (complete -C "'' "(string replace -- "$option" '' "$token"))
        echo -- $option$file
    end
end
complete -c gearctl -f -a '(__gearctl_complete)'
