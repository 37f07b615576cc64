#compdef gearctl
# Completion of gearctl for zsh: a file _gearctl in $fpath, or source <(gearctl completion zsh) after compinit
_gearctl() {
    local word=${(Q)${:-$QIPREFIX$PREFIX$QIPREFIX[-1]}} line
    local -a lines entries end
    lines=("${(@f)$(command gearctl __complete "${(@Q)words[2,CURRENT-1]}" "$word" </dev/null 2>/dev/null)}")
    if [[ $lines[1] == files ]]; then
        [[ $PREFIX == -* ]] && compset -P '*='
        _files
        return
    fi
    for line in $lines; do # VALUE:DESCRIPTION, where a colon or a backslash in VALUE needs a backslash
        entries+=("${${line%%$'\t'*}//(#m)[\\:]/\\$MATCH}:${line#*$'\t'}")
    done
    [[ $lines[-1] == *=$'\t' ]] && end=(-S '') # TEXT is to follow template=
    _describe -t values value entries $end
}
if [[ $funcstack[1] == _gearctl ]]; then _gearctl "$@"; else compdef _gearctl gearctl; fi
