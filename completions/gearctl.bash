# Completion of gearctl for bash 4.4 and later: source <(gearctl completion bash)
_gearctl() {
    local line=${COMP_LINE:0:COMP_POINT} words=() word='' begun='' quote='' redirect='' head=0 i c value
    for ((i = 0; i <= ${#line}; i++)); do # takes the line apart into words, and the quotes off them
        ((i == ${#line} - ${#2})) && head=${#word} # readline replaces only $2, the end of the word
        c=${line:i:1}
        [[ $c ]] || break
        case $quote$c in
        "''" | '""') quote='' ;;
        \\* | \"\\) [[ $quote && ${line:i+1:1} != [\$\`\"\\] ]] && word+=$c; word+=${line: ++i:1} ;;
        [\'\"]) quote=$c begun=1 ;;
        [[:blank:]\<\>]) [[ $word == *[!0-9]* || $c != [\<\>] && $word$begun ]] && { [[ $redirect ]] || words+=("$word"); redirect=''; }
            [[ $c == [\<\>] ]] && redirect=1; word='' begun='' ;;
        *) word+=$c ;;
        esac
    done
    [[ $redirect ]] && COMPREPLY=(files) || mapfile -t COMPREPLY < <(command gearctl __complete "${words[@]:1}" "$word" </dev/null 2>/dev/null)
    [[ ${COMPREPLY[0]-} == files ]] && COMPREPLY=() && compopt -o default
    [[ ${COMPREPLY[*]} == *=$'\t' ]] && compopt -o nospace # TEXT is to follow template=
    for i in "${!COMPREPLY[@]}"; do
        value=${COMPREPLY[i]%%$'\t'*} line=${COMPREPLY[i]#*$'\t'}
        ((COMP_TYPE == 63 && ${#COMPREPLY[@]} > 1)) && COMPREPLY[i]=$value${line:+  ($line)} && continue # only listed, with descriptions
        value=${value:head}
        case $quote in
        \') value=${value//\'/\'\\\'\'} ;;
        \") for c in \\ \" \$ \`; do value=${value//"$c"/"\\$c"}; done; value=${value//!/\"\'!\'\"} ;;
        *) [[ $value ]] && printf -v value %q "$value" ;;
        esac
        # readline takes a quote at the end of what it inserts for the closing one, at its beginning for the opening one
        [[ $quote && ${value:-$quote} == *"$quote" && ${#COMPREPLY[@]} == 1 ]] && value+=$quote
        [[ $quote && $value == "$quote"* ]] && value=$quote$value
        COMPREPLY[i]=$value
    done
}
complete -F _gearctl gearctl
