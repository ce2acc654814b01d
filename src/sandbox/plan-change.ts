import type { ComposePlan, ServicePlan } from './compose/plan.ts';
import type { Slot } from './slot.ts';

/** What a new plan makes of the services that are there. */
export interface PlanChange {
  /** Those whose plan is the old one: they go on. */
  readonly kept: readonly Slot[];
  /** Those that are gone, or whose plan is another: they end. */
  readonly ended: readonly Slot[];
  /** What is to be opened, each at the place of the one it takes over from, or at the first that is free. */
  readonly opened: readonly { readonly plan: ServicePlan; readonly place: number }[];
}

/**
 * Compares by what the plans say. Services named by `disabled` are left alone though the new plan has them not: their profile is off.
 * With `isAnew` none of those that the new plan has is kept.
 */
export function comparePlans(
  slots: readonly Slot[],
  { services }: ComposePlan,
  { disabled, isAnew }: { readonly disabled: readonly string[]; readonly isAnew: boolean },
): PlanChange {
  const isKept = (slot: Slot): boolean => {
    const next = services.find(({ name }) => name === slot.plan.name);
    if (!next) return disabled.includes(slot.plan.name);
    return !isAnew && JSON.stringify(next) === JSON.stringify(slot.plan);
  };
  const kept = slots.filter(isKept);
  const missing = services.filter(({ name }) => !kept.some(({ plan }) => plan.name === name));
  const taken = new Set(kept.map(({ place }) => place));
  const inherited = new Map(
    slots.flatMap(({ plan, place }) =>
      missing.some(({ name }) => name === plan.name) ? [[plan.name, place] as const] : [],
    ),
  );
  for (const place of inherited.values()) taken.add(place);
  const opened = missing.map((plan) => {
    let place = inherited.get(plan.name) ?? 0;
    if (!inherited.has(plan.name)) while (taken.has(place)) place += 1;
    taken.add(place);
    return { plan, place };
  });
  return { kept, ended: slots.filter((slot) => !kept.includes(slot)), opened };
}
