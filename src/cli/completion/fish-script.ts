/** The script for fish. */
export function fishScript(program: string, hasHelp: boolean): string {
  const ask = hasHelp ? '__complete' : '__completeNoDesc';
  return `# fish completion for ${program}
function __${program}_complete
    set -l words (commandline -opc)
    set -l cur (commandline -ct)
    set -l lines ($words[1] ${ask} $words[2..-1] "$cur" 2>/dev/null)
    test (count $lines) -gt 0; or return
    set -l directive (string sub -s 2 -- $lines[-1])
    set -e lines[-1]
    if test (count $lines) -gt 0
        printf '%s\\n' $lines
    else if test (math "floor($directive / 4) % 2") -eq 0
        __fish_complete_path "$cur"
    end
end
complete -c ${program} -e
complete -c ${program} -f -a '(__${program}_complete)'
`;
}
