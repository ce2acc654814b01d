import type { CommandLeaf, CommandNode, Section } from '../command.ts';

const pull = { summary: 'Download an image from a registry', load: async () => (await import('./pull.ts')).pull };
const push = { summary: 'Upload an image to a registry', load: async () => (await import('./push.ts')).push };
const tag = {
  summary: 'Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE',
  load: async () => (await import('./tag.ts')).tag,
};
const ls = { summary: 'List images', load: async () => (await import('./ls.ts')).imageLs };
const rm = { summary: 'Remove one or more images', load: async () => (await import('./rm.ts')).imageRm };
const history = {
  summary: 'Show the history of an image',
  load: async () => (await import('./history.ts')).history,
};
const save = {
  summary: 'Save one or more images to a tar archive (streamed to STDOUT by default)',
  load: async () => (await import('./save.ts')).save,
};
const load = {
  summary: 'Load an image from a tar archive or STDIN',
  load: async () => (await import('./load.ts')).load,
};

const imported = {
  summary: 'Import the contents from a tarball to create a filesystem image',
  load: async () => (await import('./import.ts')).imageImport,
};

const hidden = (leaf: CommandLeaf): CommandLeaf => ({ ...leaf, summary: '' });
const shown = (leaf: CommandLeaf, section: Section): CommandLeaf => ({ ...leaf, section });

/** docker's commands about images, by both their names. */
export const imageCommands: Readonly<Record<string, CommandNode>> = {
  pull: shown(pull, 'Common Commands'),
  push: shown(push, 'Common Commands'),
  images: shown(ls, 'Common Commands'),
  image: {
    summary: 'Manage images',
    section: 'Management Commands',
    commands: {
      history,
      import: imported,
      inspect: {
        summary: 'Display detailed information on one or more images',
        load: async () => (await import('./inspect.ts')).imageInspect,
      },
      list: hidden(ls),
      load,
      ls,
      prune: { summary: 'Remove unused images', load: async () => (await import('./prune.ts')).imagePrune },
      pull,
      push,
      remove: hidden(rm),
      rm,
      save,
      tag,
    },
  },
  history: shown(history, 'Commands'),
  import: shown(imported, 'Commands'),
  inspect: {
    summary: 'Return low-level information on Docker objects',
    section: 'Commands',
    load: async () => (await import('../system/inspect.ts')).inspect,
  },
  load: shown(load, 'Commands'),
  rmi: shown(rm, 'Commands'),
  save: shown(save, 'Commands'),
  tag: shown(tag, 'Commands'),
};
