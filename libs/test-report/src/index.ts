export { REPORT_LIMITS, type ReportLimits } from './limits.js';
export { TestReports, type ReportOptions } from './test-reports.js';
export { type TextFilter } from './excerpt.js';
