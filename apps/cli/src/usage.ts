export const USAGE = `usage: cairn <command>

on the files here, without a server:
  cairn lint [file]            what is wrong with .cairn.yml; - reads standard input
                                 [--format human|json|github]
  cairn plan [file]            what would run, as a tree, and why or why not
                                 [--event push|pull_request|tag|schedule|manual] [--branch <name>] [--tag <name>]
                                 [--base <branch>] [--head <branch>] [--fork] [--changed <file> …]
                                 [--input <name>=<value> …] [--json]
  cairn run [job]              run the pipeline of the working tree here, or one job with what it needs
                                 [--executor auto|docker|host] and the options of plan that name an event;
                                 without one it is a manual run

asking a server:
  cairn repo add <owner/name>       let a repository build
  cairn repo list                   the repositories that are known
  cairn repo disable <owner/name>   builds of it are started no more
  cairn build list [<owner/name>]   the newest builds
  cairn build run <owner/name>      build the head of the default branch  [--ref <branch or tag>]

  --json    answer with JSON, for programs
  --help    this text

settings, from the environment or from .env:
  CAIRN_URL            where Cairn is                     (http://127.0.0.1:8080)
  CAIRN_ADMIN_TOKEN    the admin token                    (the one in CAIRN_DATA_DIR)
  CAIRN_DATA_DIR       a standalone's data directory      (.cairn)
  NO_COLOR             set: no colours                    (colours on a terminal)

exit codes: 0 done or passed, 1 errors, failed, refused or not reached, 2 wrong use, 130 cancelled
`;
