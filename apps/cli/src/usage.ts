export const USAGE = `usage: cairn <command>

on the files here, without a server:
  cairn lint [file]            what is wrong with .cairn.yml; - reads standard input
                                 [--format human|json|github]
  cairn plan [file]            what would run, as a tree, and why or why not
                                 [--event push|pull_request|tag|schedule|manual] [--branch <name>] [--tag <name>]
                                 [--base <branch>] [--head <branch>] [--fork] [--changed <file> …]
                                 [--input <name>=<value> …] [--json]
  cairn run [job]              run the pipeline of the working tree here, or one job with what it needs
                                 [--executor auto|docker|host] [--approve <job> …]
                                 [--secrets-file <file of NAME=value lines>]
                                 and the options of plan that name an event;
                                 without one it is a manual run

on the machine where the runner works:
  cairn secret set <owner/name> <NAME>      store a secret: read from standard input, or asked for
                                              [--events push,tag,schedule,manual,pull_request]
                                              [--branches main,'release/*']; without them for pushes of the
                                              default branch, or for what it was for
  cairn secret list [<owner/name>]          names, and for which builds; never values  [--json]
  cairn secret remove <owner/name> <NAME>   it is given to no build any more
                                              these write the runner's file (CAIRN_SECRETS_FILE) themselves: no
                                              server is asked, and no secret leaves the machine

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
  CAIRN_SECRETS_FILE   where its runner's secrets are     (secrets.json in CAIRN_DATA_DIR)
  NO_COLOR             set: no colours                    (colours on a terminal)

exit codes: 0 done or passed, 1 errors, failed, refused or not reached, 2 wrong use, 130 cancelled
`;
