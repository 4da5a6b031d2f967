/** Where things are in a job's container: what a `TreePath` is below. */
export const CONTAINER_TREE = '/cairn';
/** HOME is outside the workspace, and neither is on the image's own paths. */
export const CONTAINER_WORKSPACE = '/cairn/workspace';
export const CONTAINER_HOME = '/cairn/home';
/** Holds the script of the current step, so that no length limit of an argument applies. No secrets: those are environment. */
const STEP_FILE = '/cairn/step';
/** The files of the exchange. They are there once a step has written to them. */
export const CONTAINER_EXCHANGE = { environment: '/cairn/env', outputs: '/cairn/output' } as const;

/**
 * The main process of a job's container: takes framed steps from stdin, one line each, and runs them one after the
 * other. `shell-protocol.ts` knows the frames and the marks. Runs in busybox ash, dash and bash, with builtins only:
 * nothing is executed until the step itself.
 *
 * - Signals that end processes are ignored by the shell and restored for the step, so that stopping a step by
 *   `kill -TERM -1` spares the shell.
 * - Steps run in the foreground: a background job of a shell would have SIGINT ignored for ever.
 * - A frame counts only when it is whole: its length fits and it ends in the nonce it began with. A pipe does not change
 *   bytes, it only cuts a frame short (its sender died) or mixes two senders, and both change the length.
 * - At a step's end everything that is left of it is killed; the loop ends when the last of it has been reaped, so that
 *   nothing can write after the end mark. It is bounded because a process of another user may not be ours to kill.
 * - The prelude of a step (`eval`) exports its variables, and may set another shell and directory. The command is split into
 *   words before it: a step may well have a variable `IFS`.
 * - An archive for the workspace comes in pieces, each after its length, and goes to the image's `tar`, if it has one.
 * - When a step has failed, the shell looks whether memory, processes or disk ran out: the kernel counts the first two for
 *   the container (cgroups version 1 and 2), and of the disk it is tried.
 * - Names begin with `c_`: assigning to a name that the image exports would hand the value to the steps.
 */
export const WAITING_SHELL = `
trap '' TERM INT HUP QUIT
c_find() {
  IFS=:
  for c_dir in $PATH /usr/local/bin /usr/bin /bin; do
    if [ -f "$c_dir/$1" ] && [ -x "$c_dir/$1" ]; then c_found=$c_dir/$1; return; fi
  done
  c_found=
}
c_find setsid; c_session=$c_found
c_find bash; c_shell=\${c_found:+$c_found -eo pipefail}
c_find head; c_head=$c_found
c_find tar; c_tar=$c_found
IFS=' '
c_count() {
  c_counted=0
  for c_file in "/sys/fs/cgroup/$2" "/sys/fs/cgroup/$3"; do
    [ -r "$c_file" ] || continue
    while read -r c_key c_value; do [ "$c_key" != "$1" ] || c_counted=$c_value; done <"$c_file"
  done
}
c_counts() {
  c_count oom_kill memory/memory.oom_control memory.events; c_memory=$c_counted
  c_count max pids/pids.events pids.events; c_pids=$c_counted
}
c_full() {
  c_probe=$1/.cairn-space
  ( true >$c_probe && ! printf '%65536s' x >$c_probe ) 2>/dev/null
  c_answer=$?
  rm -f $c_probe 2>/dev/null
  return $c_answer
}
printf '\\036cairn:ready:%s%s\\n' $$ "\${c_tar:+\${c_head:+:unpacks}}"
c_taken=0
while IFS='|' read -r c_magic c_nonce c_number c_length c_prelude c_script c_end; do
  [ "$c_magic" = cairn ] && [ "$c_nonce" ] || continue
  c_payload=$c_prelude$c_script
  if [ "$c_end" != "$c_nonce" ] || [ "$c_length" != "\${#c_payload}" ]; then
    printf '\\036cairn:%s:refused\\n' "$c_nonce"
    continue
  fi
  c_payload=
  if [ "$c_number" = unpack ]; then
    {
      while read -r c_bytes && [ "$c_bytes" -gt 0 ]; do
        $c_head -c "$c_bytes" || break
        printf '\\036cairn:%s:more\\n' "$c_nonce" >&3
      done | ( trap - TERM INT HUP QUIT; cd ${CONTAINER_WORKSPACE} && exec $c_tar -xpof - )
    } 3>&1 2>&1
    printf '\\036cairn:%s:unpacked:%s\\n' "$c_nonce" $?
    continue
  fi
  if [ "$c_number" -le "$c_taken" ]; then
    printf '\\036cairn:%s:known:%s\\n' "$c_nonce" "$c_number"
    continue
  fi
  c_taken=$c_number
  c_counts; c_memory_before=$c_memory; c_pids_before=$c_pids
  printf '\\036cairn:%s:accepted:%s\\n' "$c_nonce" "$c_number"
  (
    trap - TERM INT HUP QUIT
    printf '%b' "$c_script" >${STEP_FILE} || exit 125
    cd ${CONTAINER_WORKSPACE} || exit 125
    set -- $c_session \${c_shell:-/bin/sh -e}
    eval "$(printf '%b' "$c_prelude")"
    exec "$@" ${STEP_FILE}
  ) </dev/null 2>&1
  c_code=$?
  c_tries=0
  while [ $c_tries -lt 5000 ] && kill -KILL -1 2>/dev/null; do c_tries=$((c_tries + 1)); done
  c_wrote=
  if [ -s ${CONTAINER_EXCHANGE.environment} ] || [ -s ${CONTAINER_EXCHANGE.outputs} ]; then c_wrote=:wrote; fi
  c_short=
  if [ $c_code != 0 ]; then
    c_counts
    if [ "$c_memory" != "$c_memory_before" ]; then c_short=:memory
    elif [ "$c_pids" != "$c_pids_before" ]; then c_short=:processes
    elif c_full ${CONTAINER_WORKSPACE} || c_full /cairn; then c_short=:disk; fi
  fi
  printf '\\036cairn:%s:ended:%s:%s%s%s\\n' "$c_nonce" "$c_number" "$c_code" "$c_wrote" "$c_short"
done
`;
