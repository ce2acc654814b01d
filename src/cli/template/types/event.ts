import { int64, map, optional, string, struct } from '../go-type.ts';

/** What `docker events --format` is filled with (moby 28, `events.Message`). */
export const eventMessage = struct('events.Message', {
  Status: optional(string, 'status'),
  ID: optional(string, 'id'),
  From: optional(string, 'from'),
  Type: string,
  Action: string,
  Actor: struct('events.Actor', { ID: string, Attributes: map(string) }),
  Scope: optional(string, 'scope'),
  Time: optional(int64, 'time'),
  TimeNano: optional(int64, 'timeNano'),
});
