/** Tables as the migrations of notary 0.7 leave them, for the programs that need them there. */
interface Dialect {
  readonly id: string;
  readonly time: string;
  readonly bytes: string;
}
const POSTGRESQL: Dialect = { id: 'serial primary key', time: 'timestamp null', bytes: 'bytea' };
const MYSQL: Dialect = { id: 'int(11) not null auto_increment primary key', time: 'timestamp null', bytes: 'longblob' };

export const serverTables = { postgresql: serverTablesIn(POSTGRESQL), mysql: serverTablesIn(MYSQL) };
export const signerTable = { postgresql: signerTableIn(POSTGRESQL), mysql: signerTableIn(MYSQL) };

function serverTablesIn({ id, time, bytes }: Dialect): string {
  return `
    create table tuf_files (id ${id}, created_at ${time}, updated_at ${time}, deleted_at ${time},
      gun varchar(255) not null, role varchar(255) not null, version int not null, data ${bytes} not null,
      sha256 char(64) default null, unique (gun, role, version));
    create index tuf_files_sha256_idx on tuf_files (sha256);
    create table change_category (category varchar(20) primary key);
    insert into change_category values ('update'), ('deletion');
    create table changefeed (id ${id}, created_at timestamp default current_timestamp, gun varchar(255) not null,
      version int not null, sha256 char(64) default null,
      category varchar(20) not null default 'update' references change_category (category));
    create index idx_changefeed_gun on changefeed (gun);`;
}

function signerTableIn({ id, time, bytes }: Dialect): string {
  return `
    create table private_keys (id ${id}, created_at ${time}, updated_at ${time}, deleted_at ${time}, last_used ${time},
      key_id varchar(255) not null unique, encryption_alg varchar(255) not null, keywrap_alg varchar(255) not null,
      algorithm varchar(50) not null, passphrase_alias varchar(50) not null, public ${bytes} not null,
      private ${bytes} not null, gun varchar(255) not null, role varchar(255) not null);`;
}
