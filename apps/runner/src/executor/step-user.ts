import { quoted } from '../host-shell/index.js';
import { CONTAINER_HOME, CONTAINER_WORKSPACE } from './waiting-shell.js';

/** To whom workspace and HOME belong now, `uid:gid`; without it: root. */
const OWNER_FILE = '/cairn/owner';

/**
 * A part of a step's prelude, for jobs whose steps run as several users: their shells are root's. It finds the user in the
 * container's own `/etc/passwd`, where an earlier step may just have written it, gives workspace and HOME to it, and has
 * the step run as it, by whichever program the image has for that. `user`: a name or number, perhaps with a group; empty: root.
 */
export const runAs = (user: string): string => `
c_user=${quoted(user)}
c_say() { printf 'cairn: %s\\n' "$1"; exit 126; }
c_row() {
  c_name=; c_number=; c_fourth=
  [ -r "$1" ] || return 0
  while IFS=: read -r c_n c_p c_3 c_4 c_rest; do
    if [ "$c_n" = "$2" ] || [ "$c_3" = "$2" ]; then c_name=$c_n; c_number=$c_3; c_fourth=$c_4; return 0; fi
  done <"$1"
}
c_is_number() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }
c_first=\${c_user%%:*}; c_first=\${c_first:-0}
c_row /etc/passwd "$c_first"
c_login=$c_name; c_uid=$c_number; c_gid=\${c_fourth:-0}
if [ "$c_first" = root ]; then c_uid=\${c_uid:-0}; fi
if [ -z "$c_uid" ]; then
  c_is_number "$c_first" || c_say "the user $c_first is not in this image"
  c_uid=$c_first
fi
c_group=
case $c_user in *:*)
  c_group=\${c_user#*:}
  c_row /etc/group "$c_group"
  c_gid=$c_number
  if [ -z "$c_gid" ]; then
    c_is_number "$c_group" || c_say "the group $c_group is not in this image"
    c_gid=$c_group
  fi
esac
c_owner=0:0
[ ! -r ${OWNER_FILE} ] || read -r c_owner <${OWNER_FILE}
if [ "$c_owner" != "$c_uid:$c_gid" ]; then
  chown -hR "$c_uid:$c_gid" ${CONTAINER_WORKSPACE} ${CONTAINER_HOME} || c_say "the workspace cannot be given to the user $c_user"
  printf '%s\\n' "$c_uid:$c_gid" >${OWNER_FILE}
fi
if [ "$c_uid:$c_gid" != 0:0 ]; then
  if [ "$c_session" ]; then shift; fi
  c_groups=--clear-groups
  if [ "$c_login" ] && [ -z "$c_group" ]; then c_groups=--init-groups; fi
  c_find setpriv
  if [ "$c_found" ] && "$c_found" --reuid "$c_uid" --regid "$c_gid" $c_groups /bin/sh -c : 2>/dev/null; then
    IFS=' '
    set -- $c_session "$c_found" --reuid "$c_uid" --regid "$c_gid" $c_groups -- "$@"
  else
    c_find su
    IFS=' '
    if [ -z "$c_found" ] || [ -z "$c_login" ] || [ "$c_group" ]; then
      c_say "no step can run as $c_user here: the image has no setpriv, and su knows only users of /etc/passwd, without a group"
    fi
    set -- $c_session "$c_found" -p -s /bin/sh -c 'exec "$@"' -- "$c_login" su "$@"
  fi
fi`;
