import type { NatsConnection } from '@nats-io/transport-node';
import { forgeSettings, levelsFrom, natsSettings } from '#config';
import { createForges } from '#forge';
import { CLOCK, MessagePublisher, NATS, Presence, startConsumers, type Clock, type RunningService } from '#jetstream';
import { OpenBuilds, OpenGroups } from '#open-builds';
import { APPROVAL_LIMIT_MS, ApprovalExpiry } from './approval-expiry.js';
import { ChangedFiles } from './changed-files.js';
import { ENABLED_REPOS, enabledRepos } from './enabled-repos.js';
import { GroupArrangement } from './group-arrangement.js';
import { JobHandler } from './job.handler.js';
import { Leadership, REPO_LIMITS } from './leadership.js';
import { PlanHandler } from './plan.handler.js';
import { PlanOutbox } from './plan-outbox.js';
import { repoLimits, type PlannerConfig } from './planner.config.js';
import { RepoHandler } from './repo.handler.js';
import { RequestHandler } from './request.handler.js';
import { RequestIntake } from './request-intake.js';
import { ScheduledRepos } from './schedule/scheduled-repos.js';
import { Schedules } from './schedule/schedules.js';
import { SpecSchedules } from './schedule/spec-schedules.js';
import { Scheduler } from './scheduler.js';
import { FORGES, SpecSource } from './spec-source.js';
import { TriggerRules } from './trigger-rules.js';
import { WebhookHandler } from './webhook.handler.js';
import { WebhookIntake } from './webhook-intake.js';

const DAY_MS = 86_400_000;

const systemClock: Clock = () => new Date().toISOString();

/** Wires and starts a planner. Several may run at once. @throws when NATS cannot be reached or is not set up */
export const startPlanner = (config: PlannerConfig, clock = systemClock): Promise<RunningService> =>
  startConsumers({
    name: 'planner',
    nats: natsSettings(config, 'planner'),
    logLevels: levelsFrom(config.CAIRN_LOG_LEVEL),
    controllers: [WebhookHandler, RequestHandler, RepoHandler, PlanHandler, JobHandler],
    providers: [
      WebhookIntake,
      RequestIntake,
      PlanOutbox,
      SpecSource,
      ChangedFiles,
      TriggerRules,
      SpecSchedules,
      ScheduledRepos,
      Schedules,
      OpenBuilds,
      OpenGroups,
      GroupArrangement,
      Leadership,
      ApprovalExpiry,
      { provide: APPROVAL_LIMIT_MS, useValue: config.CAIRN_APPROVAL_DAYS * DAY_MS },
      Scheduler,
      { provide: REPO_LIMITS, useValue: repoLimits(config) },
      { provide: CLOCK, useValue: clock },
      { provide: ENABLED_REPOS, useValue: enabledRepos(config.CAIRN_REPOS) },
      {
        provide: FORGES,
        useValue: createForges(forgeSettings(config)),
      },
      {
        provide: Presence,
        inject: [NATS, MessagePublisher],
        useFactory: (nc: NatsConnection, publisher: MessagePublisher) =>
          new Presence(nc, publisher.blobs, config.CAIRN_LEASE * 1000),
      },
    ],
  });
