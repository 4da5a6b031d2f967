import { useEffect, useRef, useState } from 'preact/hooks';
import { count } from '../ui/time.js';
import type { LogModel } from './log-model.js';

const EVERY_MS = 8000;

const summary = (model: LogModel, over: boolean): string => {
  const step = model.steps.findLast(({ info }) => info.status !== 'waiting' && info.status !== 'skipped');
  const where = step ? `${step.info.name} ${step.info.status}, ` : '';
  return `${where}${count(model.lines, 'line', 'lines')} in all${over ? ', end of the log' : ''}`;
};

/** What a screen reader is told of a growing log: where it stands, every few seconds and only when it changed. */
export const useAnnouncement = (model: LogModel, over: boolean): string => {
  const [text, setText] = useState('');
  const latest = useRef({ model, over });
  latest.current = { model, over };
  useEffect(() => {
    const tell = (): void => {
      const now = latest.current;
      if (now.model.rows > 0) setText(summary(now.model, now.over));
    };
    if (over) tell();
    const timer = setInterval(tell, EVERY_MS);
    return () => clearInterval(timer);
  }, [over]);
  return text;
};
