import { chromium, type Browser, type Page } from 'playwright-core';

/** The system's Chromium, headless; errors of the page are collected in `faults`. */
export const openBrowser = async (): Promise<{
  browser: Browser;
  open(url: string): Promise<{ page: Page; faults: string[] }>;
}> => {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return {
    browser,
    open: async (url) => {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(message.text());
      });
      await page.goto(url);
      return { page, faults };
    },
  };
};
