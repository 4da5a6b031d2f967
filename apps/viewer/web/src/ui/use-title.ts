import { useEffect } from 'preact/hooks';

export const useTitle = (title: string): void => {
  useEffect(() => {
    document.title = title === '' ? 'Cairn' : `${title} · Cairn`;
  }, [title]);
};
