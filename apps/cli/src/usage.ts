export const USAGE = `usage: cairn <command> [--json]

  repo add <owner/name>        let a repository build
  repo list                    the repositories that are known
  repo disable <owner/name>    builds of it are started no more
  build list [<owner/name>]    the newest builds
  build run <owner/name>       build the head of the default branch  [--ref <branch or tag>]

  --json    answer with JSON, for programs
  --help    this text

settings, from the environment or from .env:
  CAIRN_URL            where Cairn is                     (http://127.0.0.1:8080)
  CAIRN_ADMIN_TOKEN    the admin token                    (the one in CAIRN_DATA_DIR)
  CAIRN_DATA_DIR       a standalone's data directory      (.cairn)

exit codes: 0 done, 1 refused or not reached, 2 wrong use
`;
