import type { Migration } from 'kysely';

/** Metadata files, change feed, and the keys the server signs with. */
export const first: Migration = {
  async up(query) {
    const { schema } = query;
    await schema
      .createTable('tuf_files')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('gun', 'varchar(255)', (column) => column.notNull())
      .addColumn('role', 'varchar(255)', (column) => column.notNull())
      .addColumn('version', 'bigint', (column) => column.notNull())
      .addColumn('sha256', 'char(64)', (column) => column.notNull())
      .addColumn('data', 'blob', (column) => column.notNull())
      .addUniqueConstraint('tuf_files_version', ['gun', 'role', 'version'])
      .execute();
    await schema.createIndex('tuf_files_sha256').on('tuf_files').columns(['gun', 'sha256']).execute();
    await schema
      .createTable('changefeed')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('gun', 'varchar(255)', (column) => column.notNull())
      .addColumn('version', 'bigint')
      .addColumn('sha256', 'char(64)')
      .addColumn('category', 'varchar(20)', (column) => column.notNull())
      .execute();
    await schema.createIndex('changefeed_gun').on('changefeed').columns(['gun', 'id']).execute();
    await schema
      .createTable('server_keys')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('keyid', 'char(64)', (column) => column.notNull().unique())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('gun', 'varchar(255)', (column) => column.notNull())
      .addColumn('role', 'varchar(20)', (column) => column.notNull())
      .addColumn('keytype', 'varchar(20)', (column) => column.notNull())
      .addColumn('public_key', 'blob', (column) => column.notNull())
      .addColumn('private_key', 'blob', (column) => column.notNull())
      .execute();
    await schema.createIndex('server_keys_role').on('server_keys').columns(['gun', 'role']).execute();
  },
};
