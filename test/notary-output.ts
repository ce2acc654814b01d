/** What notary printed, without what differs from run to run, and without the sentences of help texts. */
export function comparableNotary(text: string, home: string): string {
  return withoutHelp(text)
    .replace(/(passphrase for [^:]*: )[^\n]+\n\n/g, '$1\n') // typed before the real one had turned the echo off
    .replaceAll(home, '$HOME')
    .replace(/\.\.\.[^ ]*private/g, '$HOME/.notary/private')
    .replace(/\$HOME\/\.notary\/private/g, '$KEYS')
    .replace(/sha(?:256|512)( checksum for \S+ did not match: expected )[0-9a-f]+/g, 'sha<N>$1<HASH>') // either
    .replace(/\b[0-9a-f]{64}\b/g, '<ID>')
    .replace(/with ID [0-9a-f]{7}/g, 'with ID <ID>')
    .replace(/time="[^"]*"/g, 'time="<TIME>"')
    .replace(/(match any certificates to trust_pinning config|invalid trust pinning specified|from CA path)\b.*/g, '$1') // ours says more
    .replace(/127(?:\.\d+){3}(?::\d+)?/g, '<ADDRESS>')
    .replace('tls: failed to verify certificate: ', '')
    .replace(/(Git commit: |Go version: |Version: +)[^,\n]*/g, '$1<VERSION>');
}

/** Of a help text: usage lines, names of commands, flags. */
function withoutHelp(text: string): string {
  const usage = text.search(/^Usage:$/m);
  if (usage < 0) return text;
  return text
    .slice(usage)
    .replace(/^( {2,6}(?:-\w, )?--\w[\w-]*(?: \w+)?) {3,}.*$/gm, '$1')
    .replace(/ (string|int)Slice$/gm, ' $1s')
    .replace(/^ {2}completion .*\n/gm, '')
    .replace(/^( {2}[a-z]+) {2,}[A-Z].*$/gm, '$1');
}
