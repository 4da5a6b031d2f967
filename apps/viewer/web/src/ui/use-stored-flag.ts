import { useState } from 'preact/hooks';

const read = (key: string): boolean => {
  try {
    return localStorage.getItem(key) === '1';
  } catch {
    return false; // storage may be forbidden; the choice then lasts as long as the page
  }
};

/** A choice of the reader that the browser remembers. */
export const useStoredFlag = (key: string): readonly [boolean, () => void] => {
  const [on, setOn] = useState(() => read(key));
  const toggle = (): void =>
    setOn((before) => {
      try {
        localStorage.setItem(key, before ? '0' : '1');
      } catch {
        // as above
      }
      return !before;
    });
  return [on, toggle];
};
