export { HostShell, quoted } from './host-shell.js';
export { HostShells } from './host-shells.js';
