import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Session } from '../api/api.js';

export type SessionState = Readonly<{ session: Session | undefined; reload: () => void }>;
export const SessionContext = createContext<SessionState>({ session: undefined, reload: () => undefined });
export const useSession = (): SessionState => useContext(SessionContext);
