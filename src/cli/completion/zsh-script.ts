/** The script for zsh; sourced, or from a folder of \`fpath\`. */
export function zshScript(program: string, hasHelp: boolean): string {
  const ask = hasHelp ? '__complete' : '__completeNoDesc';
  return `#compdef ${program}
# zsh completion for ${program}
_${program}() {
    local -a lines candidates
    local directive line name
    local tab=$'\\t'
    lines=("\${(@f)$(\${words[1]} ${ask} "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
    directive=\${lines[-1]#:}
    lines[-1]=()
    for line in $lines; do
        name=\${line%%$tab*}
        if [[ $line == *$tab* ]]; then
            candidates+=("\${name//:/\\\\:}:\${line#*$tab}")
        else
            candidates+=("\${name//:/\\\\:}")
        fi
    done
    if ((\${#candidates})); then
        if ((directive & 2)); then
            _describe -V '${program}' candidates -S ''
        else
            _describe -V '${program}' candidates
        fi
    elif ! ((directive & 4)); then
        _files
    fi
}
if [[ "\${funcstack[1]}" == "_${program}" ]]; then
    _${program} "$@"
else
    compdef _${program} ${program}
fi
`;
}
