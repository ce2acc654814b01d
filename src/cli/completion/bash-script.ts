/**
 * The script for bash. Words are taken from the line itself, because bash splits them at `:` and `=`, of which images' names
 * and flags are full; what stands before the last of these must not be repeated in what it is given.
 */
export function bashScript(program: string): string {
  const name = `__${program}_complete`;
  return `# bash completion for ${program}
${name}() {
    local line="\${COMP_LINE:0:COMP_POINT}" words=() out=() directive=0 cur="" kept
    read -ra words <<<"$line"
    if [[ "$line" == *[[:space:]] || \${#words[@]} -lt 2 ]]; then
        words+=("")
    fi
    cur="\${words[\${#words[@]}-1]}"
    COMPREPLY=()
    while IFS= read -r kept; do
        out+=("$kept")
    done < <("\${words[0]}" __completeNoDesc "\${words[@]:1}" 2>/dev/null)
    [[ \${#out[@]} -gt 0 ]] || return
    directive="\${out[\${#out[@]}-1]#:}"
    unset "out[\${#out[@]}-1]"
    local before=""
    if [[ "$cur" == *[:=]* && "$COMP_WORDBREAKS" == *[:=]* ]]; then
        before="\${cur%"\${cur##*[:=]}"}"
    fi
    local candidate
    for candidate in "\${out[@]}"; do
        if [[ "$candidate" == "$cur"* ]]; then
            COMPREPLY+=("\${candidate#"$before"}")
        fi
    done
    if ((directive & 2)); then
        compopt -o nospace 2>/dev/null
    fi
    if ((!(directive & 4) && \${#COMPREPLY[@]} == 0)); then
        compopt -o default 2>/dev/null
    fi
}
complete -F ${name} ${program}
`;
}
