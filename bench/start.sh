#!/usr/bin/env bash
# start.sh N BASEPORT DIR [TICKMS] [CONFIG_LINE...]: starts N (1 to 7) servers of one ensemble on loopback, for load generators and failover scripts.
# Server i: client port BASEPORT+i-1, silo port BASEPORT+100+i, gateway port BASEPORT+200+i; data in DIR/i/data, pid in DIR/i/pid, log in DIR/i/out.log.
# The same DIR again starts only the servers that are down; their data is kept. Waits until every server serves, then prints: PIDS=… HOSTS=…
# Environment: NOWAIT=1 (do not wait), ONLY=i (only server i), SUPER_DIGEST (user:base64(sha1(user:password)) of a super user), LOGLEVEL (Warning),
# GK_SERVER (the built program; default: the Release build of src/Silo, built when missing).
set -uo pipefail
usage='usage: start.sh N(1..7) BASEPORT(1024..32000) DIR [TICKMS] [CONFIG_LINE...]'
[ $# -ge 3 ] && [ "$1" -ge 1 ] && [ "$1" -le 7 ] && [ "$2" -ge 1024 ] && [ "$2" -le 32000 ] || { echo "$usage" >&2; exit 2; }
servers=$1 base=$2 tick=${4:-2000}
mkdir -p "$3" && dir=$(cd "$3" && pwd) || exit 1
shift 3; [ $# -gt 0 ] && shift
root=$(cd "$(dirname "$0")/.." && pwd)
program=${GK_SERVER:-$root/src/Silo/bin/Release/net10.0/GrainKeeper.Silo}
if [ ! -x "$program" ]; then
  dotnet build "$root/src/Silo" -c Release -v q -m:1 >&2 || exit 1
fi

if [ ! -s "$dir/secret" ]; then
  (umask 077; od -An -N32 -tx1 /dev/urandom | tr -d ' \n' > "$dir/secret") || exit 1
fi

config() { # of server $1
  printf '%s\n' "tickTime=$tick" "dataDir=$dir/$1/data" "secretFile=$dir/secret" 'maxClientCnxns=0' 'maxCnxns=0' 'admin.enableServer=false' '4lw.commands.whitelist=*' 'reconfigEnabled=true'
  [ -n "${SUPER_DIGEST:-}" ] && printf 'DigestAuthenticationProvider.superDigest=%s\n' "$SUPER_DIGEST"
  for ((j = 1; j <= servers; j++)); do
    printf 'server.%d=127.0.0.1:%d:%d;127.0.0.1:%d\n' "$j" $((base + 100 + j)) $((base + 200 + j)) $((base + j - 1))
  done
}

in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

mode() { # what a server says it is; nothing while it does not serve
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf srvr >&3
  timeout 2 cat <&3 | sed -n 's/^Mode: //p'
  exec 3>&-
}

pids= hosts=
for ((i = 1; i <= servers; i++)); do
  own=$dir/$i
  mkdir -p "$own/data"
  { config "$i"; [ $# -gt 0 ] && printf '%s\n' "$@"; } > "$own/zoo.cfg"
  hosts+=${hosts:+,}127.0.0.1:$((base + i - 1))
  if [ -f "$own/pid" ] && kill -0 "$(cat "$own/pid")" 2>/dev/null; then
    pids+=${pids:+,}$(cat "$own/pid")
    continue
  fi
  [ -n "${ONLY:-}" ] && [ "$ONLY" != "$i" ] && continue
  for port in $((base + i - 1)) $((base + 100 + i)) $((base + 200 + i)); do
    if in_use "$port"; then
      echo "port $port is in use by another process; choose another BASEPORT" >&2
      exit 1
    fi
  done
  setsid nohup "$program" serve --id "$i" --config "$own/zoo.cfg" --log-level "${LOGLEVEL:-Warning}" >> "$own/out.log" 2>&1 < /dev/null &
  echo $! > "$own/pid"
  pids+=${pids:+,}$!
done

if [ -z "${NOWAIT:-}" ]; then
  for ((i = 1; i <= servers; i++)); do
    [ -n "${ONLY:-}" ] && [ "$ONLY" != "$i" ] && continue
    found=
    for ((t = 0; t < 1200; t++)); do
      found=$(mode $((base + i - 1)) 2>/dev/null)
      [ -n "$found" ] && break
      kill -0 "$(cat "$dir/$i/pid")" 2>/dev/null || break
      sleep 0.1
    done
    [ -n "$found" ] || { echo "server $i does not serve; see $dir/$i/out.log" >&2; exit 1; }
  done
fi
echo "PIDS=$pids HOSTS=$hosts"
