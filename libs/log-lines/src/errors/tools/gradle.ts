import { type Place, placeOf } from '../../places/place.js';
import type { Rest, Tool } from '../recogniser.js';

const WHERE = /^(?:Build|Settings|Script) file '([^']+)' line: (\d+)$/;

const wentWrong = (place: Place | undefined): Rest => {
  const message: string[] = [];
  return {
    take: (line) => {
      if (line.trim() === '' || line.startsWith('* ')) return 'other';
      if (message.length < 3) message.push(line.trim());
      return 'more';
    },
    facts: () =>
      message.length === 0 ? undefined : { severity: 'error', tool: 'gradle', message: message.join(' '), place },
  };
};

/** Gradle: what went wrong, and where in a build file. */
export const gradle: Tool = () => {
  let place: Place | undefined;
  return (line) => {
    const [where, path, at] = WHERE.exec(line) ?? [];
    if (where !== undefined) {
      place = placeOf(path, at);
      return 'understood';
    }
    if (line.startsWith('FAILURE: Build failed')) {
      place = undefined;
      return 'understood';
    }
    return line === '* What went wrong:' ? wentWrong(place) : undefined;
  };
};
