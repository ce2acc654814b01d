/**
 * Builds the inside of a box and becomes the command, in a mount namespace of its own; nothing of it outlives its last
 * process. Called as `sh -c SCRIPT box ROOT HOSTNAME FOLDER [SOURCE TARGET ro|rw]... -- COMMAND [ARG...]`.
 *
 * ROOT is an empty folder; a tmpfs is laid over it. The host's programs come in read-only, then each SOURCE at its
 * TARGET. A mount point that is missing is made; in a folder of the host that is read-only it can't be, and such a
 * mount is left out (a bundle of certificates that this system does not have).
 */
export const BOX_SCRIPT = `
set -e
root=$1 name=$2 folder=$3; shift 3
inside=$PATH PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
hostname "$name" 2>/dev/null || :
mount -t tmpfs -o mode=0755 box "$root"
for d in usr bin sbin lib lib32 lib64 libx32 etc opt nix gnu sys; do
  if [ -L "/$d" ]; then cp -P "/$d" "$root/$d"
  elif [ -d "/$d" ]; then
    mkdir "$root/$d"
    mount --rbind "/$d" "$root/$d"
    mount -o remount,bind,ro "$root/$d" 2>/dev/null || :
  fi
done
for d in proc dev; do mkdir "$root/$d"; mount --rbind "/$d" "$root/$d"; done
mkdir -p "$root/root" "$root/run" "$root/tmp" "$root/var/lib" "$root/var/log" "$root/var/tmp" "$root/home" "$root/mnt"
chmod 1777 "$root/tmp" "$root/var/tmp"
ln -s /run "$root/var/run"
while [ "$1" != -- ]; do
  source=$1 target=$root$2 mode=$3; shift 3
  if [ ! -e "$target" ]; then
    if [ -d "$source" ]; then mkdir -p "$target" 2>/dev/null || continue
    else { mkdir -p "\${target%/*}" && touch "$target"; } 2>/dev/null || continue; fi
  fi
  mount --rbind "$source" "$target"
  [ "$mode" = rw ] || mount -o remount,bind,ro "$target" 2>/dev/null || :
done
shift
exec chroot "$root" /bin/sh -c 'PATH=$1; shift; cd -- "$0" && exec "$@"' "$folder" "$inside" "$@"
`;
