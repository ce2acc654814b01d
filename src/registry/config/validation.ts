import type { Section } from '../../settings/index.ts';
import type { UrlRules } from '../url-rules.ts';

/** `validation`: which URLs manifests may name. Without rules any, where distribution takes none. */
export function readValidation(section: Section): UrlRules | undefined {
  const isDisabled = section.boolean('disabled') ?? false;
  section.accept('enabled');
  const manifests = section.section('manifests');
  manifests.ineffective('indexes', 'an index may be pushed when all it names is there');
  const urls = manifests.section('urls');
  const rules = { allow: readExpressions(urls, 'allow'), deny: readExpressions(urls, 'deny') };
  return isDisabled || !urls.isGiven ? undefined : rules;
}

function readExpressions(section: Section, key: string): RegExp[] {
  return section.texts(key).flatMap((text) => {
    try {
      return [new RegExp(text)];
    } catch {
      section.problem(key, `${JSON.stringify(text)} is no regular expression`);
      return [];
    }
  });
}
