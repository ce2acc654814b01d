import type { Migration } from 'kysely';

/** What tells whether the server was started with the secret its keys are sealed under. */
export const serverSecret: Migration = {
  async up({ schema }) {
    await schema
      .createTable('server_secret')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('secret_id', 'varchar(36)', (column) => column.notNull())
      .addColumn('stretch', 'varchar(60)', (column) => column.notNull())
      .addColumn('salt', 'varchar(100)', (column) => column.notNull())
      .addColumn('proof', 'varchar(200)', (column) => column.notNull())
      .execute();
  },
};
