import {
  formatReference,
  type ImageReference,
  isIndex,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseDigest,
  parseImageReference,
  parseJson,
  withDefaultTag,
} from '../../core/index.ts';
import { type Command, defineCommand, ExitError } from '../command.ts';
import { printLine } from '../io.ts';
import { indentJson } from '../template/go-json.ts';
import { describeImage } from './described-image.ts';
import { platformJson } from './platform-json.ts';
import { openRemoteImages, type RemoteImages } from './remote-images.ts';

const INDENT = '\t';
const INDEX_INDENT = 3;

/** `manifest inspect`: what a registry has under a name. */
export const manifestInspect: Command = defineCommand({
  usage: '[OPTIONS] [MANIFEST_LIST] MANIFEST',
  summary: 'Display an image manifest, or manifest list',
  flags: {
    insecure: { kind: 'boolean', help: 'Allow communication with an insecure registry' },
    verbose: { kind: 'boolean', short: 'v', help: 'Output additional info including layers and platform' },
  },
  arguments: { min: 1, max: 2 },
  parse({ insecure = false, verbose = false }, names) {
    const references = names.map((name) => withDefaultTag(parseImageReference(name)));
    return { references, isInsecure: insecure, isVerbose: verbose };
  },
  async run({ references, isInsecure, isVerbose }, io) {
    const [reference, ofList] = references;
    if (reference === undefined) return 0;
    if (ofList) throw new ExitError(1, `No such manifest: ${formatReference(ofList)}`); // no lists are kept here
    await using images = await openRemoteImages(io, reference, isInsecure);
    const { mediaType, bytes } = await images.getManifest();
    const text = bytes.toString('utf8');
    if (!isIndex(mediaType)) {
      const shown = isVerbose
        ? JSON.stringify(await describeImage(images, { bytes, mediaType }, formatReference(reference)))
        : text;
      printLine(io.stdout, indentJson(shown, INDENT));
      return 0;
    }
    const index = parseJson(text);
    if (!isJsonObject(index)) throw new ExitError(1, `${formatReference(reference)}: the index is no JSON object`);
    const shown = isVerbose
      ? indentJson(JSON.stringify(await describeAll(images, index, reference)), INDENT)
      : JSON.stringify(indexJson(index, mediaType), undefined, INDEX_INDENT);
    printLine(io.stdout, shown);
    return 0;
  },
});

/** An index as docker writes a list anew: its kind, and the descriptors' own members. */
function indexJson(index: JsonObject, mediaType: string): JsonObject {
  return {
    schemaVersion: 2,
    mediaType,
    manifests: childrenOf(index).map(({ mediaType: type = '', size = 0, digest = '', annotations, platform }) => ({
      mediaType: type,
      size,
      digest,
      ...(annotations !== undefined && { annotations }),
      platform: platformJson(platform),
    })),
  };
}

async function describeAll(
  images: RemoteImages,
  index: JsonObject,
  reference: ImageReference,
): Promise<readonly unknown[]> {
  const described: unknown[] = [];
  for (const { digest, platform } of childrenOf(index)) {
    const wanted = parseDigest(typeof digest === 'string' ? digest : '');
    const manifest = await images.getManifest(wanted);
    described.push(await describeImage(images, manifest, `${formatReference(reference)}@${wanted}`, platform));
  }
  return described;
}

function childrenOf({ manifests }: JsonObject): JsonObject[] {
  const items: readonly JsonValue[] = Array.isArray(manifests) ? manifests : [];
  return items.filter(isJsonObject);
}
