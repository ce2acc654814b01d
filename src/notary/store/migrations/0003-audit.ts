import type { Migration } from 'kysely';

const NO_HASH = '0'.repeat(64);

/** The audit log and its head, which is there from the beginning: whoever appends locks it. */
export const audit: Migration = {
  async up(query) {
    const { schema } = query;
    await schema
      .createTable('audit_log')
      .addColumn('sequence', 'bigint', (column) => column.primaryKey())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('gun', 'varchar(255)')
      .addColumn('action', 'varchar(20)', (column) => column.notNull())
      .addColumn('entry', 'text', (column) => column.notNull())
      .addColumn('hash', 'char(64)', (column) => column.notNull())
      .execute();
    await schema.createIndex('audit_log_gun').on('audit_log').columns(['gun', 'sequence']).execute();
    await schema
      .createTable('audit_head')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('sequence', 'bigint', (column) => column.notNull())
      .addColumn('hash', 'char(64)', (column) => column.notNull())
      .execute();
    await query.insertInto('audit_head').values({ id: 1, sequence: 0, hash: NO_HASH }).execute();
  },
};
