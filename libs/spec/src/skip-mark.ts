const MARK = /\[(?:skip ci|ci skip|skip cairn)\]/i;

/** Whether the message of the head commit, or the title of the pull request, asks for no build. */
export const hasSkipMark = (message: string): boolean => MARK.test(message);
