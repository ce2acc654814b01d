import { type ComposeRequest, type LoadedModel, loadModel } from './load-model.ts';
import type { ComposePlan } from './plan.ts';
import { planModel } from './plan-model.ts';

/** A project's plan and the model it was made from. @throws {ComposeFileError | ProjectNameError} */
export function loadPlan(request: ComposeRequest): LoadedModel & { readonly plan: ComposePlan } {
  const loaded = loadModel(request);
  return { ...loaded, plan: planModel(loaded.model) };
}
