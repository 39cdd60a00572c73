-- All tables as the declarations had them; written by app.migrations.snapshot.

CREATE SEQUENCE IF NOT EXISTS ab_api_key_id_seq INCREMENT BY 1 START WITH 1 MINVALUE 1 NO CYCLE;

CREATE SEQUENCE IF NOT EXISTS ab_group_id_seq INCREMENT BY 1 START WITH 1 MINVALUE 1 NO CYCLE;

CREATE SEQUENCE IF NOT EXISTS ab_group_role_id_seq INCREMENT BY 1 START WITH 1 MINVALUE 1 NO CYCLE;

CREATE SEQUENCE IF NOT EXISTS ab_permission_id_seq INCREMENT BY 1 START WITH 1 MINVALUE 1 NO CYCLE;

CREATE SEQUENCE IF NOT EXISTS ab_permission_view_id_seq INCREMENT BY 1 START WITH 1 MINVALUE 1 NO CYCLE;

CREATE SEQUENCE IF NOT EXISTS ab_permission_view_role_id_seq INCREMENT BY 1 START WITH 1 MINVALUE 1 NO CYCLE;

CREATE SEQUENCE IF NOT EXISTS ab_register_user_id_seq INCREMENT BY 1 START WITH 1 MINVALUE 1 NO CYCLE;

CREATE SEQUENCE IF NOT EXISTS ab_role_id_seq INCREMENT BY 1 START WITH 1 MINVALUE 1 NO CYCLE;

CREATE SEQUENCE IF NOT EXISTS ab_user_id_seq INCREMENT BY 1 START WITH 1 MINVALUE 1 NO CYCLE;

CREATE SEQUENCE IF NOT EXISTS ab_user_group_id_seq INCREMENT BY 1 START WITH 1 MINVALUE 1 NO CYCLE;

CREATE SEQUENCE IF NOT EXISTS ab_user_role_id_seq INCREMENT BY 1 START WITH 1 MINVALUE 1 NO CYCLE;

CREATE SEQUENCE IF NOT EXISTS ab_view_menu_id_seq INCREMENT BY 1 START WITH 1 MINVALUE 1 NO CYCLE;

CREATE TABLE ab_api_key (
    id INTEGER NOT NULL,
    uuid VARCHAR(36) NOT NULL,
    name VARCHAR(256) NOT NULL,
    key_hash VARCHAR(256) NOT NULL,
    lookup_hash VARCHAR(256),
    key_prefix VARCHAR(16) NOT NULL,
    user_id INTEGER NOT NULL,
    scopes TEXT,
    active BOOLEAN NOT NULL,
    created_on TIMESTAMP WITHOUT TIME ZONE,
    expires_on TIMESTAMP WITHOUT TIME ZONE,
    revoked_on TIMESTAMP WITHOUT TIME ZONE,
    last_used_on TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (id),
    UNIQUE (uuid),
    UNIQUE (lookup_hash)
);

CREATE TABLE ab_group (
    id INTEGER NOT NULL,
    name VARCHAR(100) NOT NULL,
    label VARCHAR(150),
    description VARCHAR(512),
    PRIMARY KEY (id),
    UNIQUE (name)
);

CREATE TABLE ab_group_role (
    id INTEGER NOT NULL,
    group_id INTEGER,
    role_id INTEGER,
    PRIMARY KEY (id),
    UNIQUE (group_id, role_id)
);

CREATE TABLE ab_permission (
    id INTEGER NOT NULL,
    name VARCHAR(100) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (name)
);

CREATE TABLE ab_permission_view (
    id INTEGER NOT NULL,
    permission_id INTEGER NOT NULL,
    view_menu_id INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (permission_id, view_menu_id)
);

CREATE TABLE ab_permission_view_role (
    id INTEGER NOT NULL,
    permission_view_id INTEGER,
    role_id INTEGER,
    PRIMARY KEY (id),
    UNIQUE (permission_view_id, role_id)
);

CREATE TABLE ab_register_user (
    id INTEGER NOT NULL,
    first_name VARCHAR(64) NOT NULL,
    last_name VARCHAR(64) NOT NULL,
    username VARCHAR(128) NOT NULL,
    password VARCHAR(256),
    email VARCHAR(320) NOT NULL,
    registration_date TIMESTAMP WITHOUT TIME ZONE,
    registration_hash VARCHAR(256),
    PRIMARY KEY (id),
    UNIQUE (username),
    UNIQUE (email)
);

CREATE TABLE ab_role (
    id INTEGER DEFAULT nextval('ab_role_id_seq') NOT NULL,
    name VARCHAR(64) NOT NULL,
    create_uid BIGINT,
    create_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    write_uid BIGINT,
    write_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    revision INTEGER DEFAULT 1 NOT NULL,
    custom JSONB DEFAULT '{}'::jsonb NOT NULL,
    search_text TEXT GENERATED ALWAYS AS (public.fold(coalesce("name", '')) || chr(1)) STORED,
    PRIMARY KEY (id),
    UNIQUE (name)
);

ALTER TABLE ab_role ALTER COLUMN search_text SET STATISTICS 0;

CREATE TABLE ab_user (
    id INTEGER DEFAULT nextval('ab_user_id_seq') NOT NULL,
    first_name VARCHAR(64) NOT NULL,
    last_name VARCHAR(64) NOT NULL,
    username VARCHAR(128) NOT NULL,
    password VARCHAR(256),
    active BOOLEAN,
    email VARCHAR(320) NOT NULL,
    last_login TIMESTAMP WITHOUT TIME ZONE,
    login_count INTEGER,
    fail_login_count INTEGER,
    created_on TIMESTAMP WITHOUT TIME ZONE,
    changed_on TIMESTAMP WITHOUT TIME ZONE,
    created_by_fk INTEGER,
    changed_by_fk INTEGER,
    create_uid BIGINT,
    create_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    write_uid BIGINT,
    write_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    revision INTEGER DEFAULT 1 NOT NULL,
    custom JSONB DEFAULT '{}'::jsonb NOT NULL,
    lang TEXT,
    tz VARCHAR(64),
    search_text TEXT GENERATED ALWAYS AS (public.fold(coalesce("first_name", '') || ' ' || coalesce("last_name", ''))) STORED,
    PRIMARY KEY (id),
    UNIQUE (username),
    UNIQUE (email)
);

ALTER TABLE ab_user ALTER COLUMN search_text SET STATISTICS 0;

CREATE TABLE ab_user_group (
    id INTEGER NOT NULL,
    user_id INTEGER,
    group_id INTEGER,
    PRIMARY KEY (id),
    UNIQUE (user_id, group_id)
);

CREATE TABLE ab_user_role (
    id INTEGER DEFAULT nextval('ab_user_role_id_seq') NOT NULL,
    user_id INTEGER,
    role_id INTEGER,
    PRIMARY KEY (id),
    UNIQUE (user_id, role_id)
);

CREATE TABLE ab_view_menu (
    id INTEGER NOT NULL,
    name VARCHAR(250) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (name)
);

CREATE TABLE address (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    create_uid BIGINT,
    create_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    write_uid BIGINT,
    write_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    revision INTEGER DEFAULT 1 NOT NULL,
    custom JSONB DEFAULT '{}'::jsonb NOT NULL,
    point geometry(POINT,4326),
    accuracy TEXT,
    geocode_source TEXT,
    geocode_score NUMERIC(3, 2) DEFAULT 0 NOT NULL,
    placed_by_hand BOOLEAN DEFAULT false NOT NULL,
    located_text TEXT,
    geocode_state TEXT,
    name TEXT,
    country TEXT NOT NULL,
    region TEXT,
    district TEXT,
    city TEXT,
    street TEXT,
    house VARCHAR(30),
    building VARCHAR(60),
    flat VARCHAR(30),
    postal_code VARCHAR(16),
    note TEXT,
    active BOOLEAN DEFAULT false NOT NULL,
    search_text TEXT GENERATED ALWAYS AS (public.fold(coalesce("name", '')) || chr(1)) STORED,
    PRIMARY KEY (id)
);

ALTER TABLE address ALTER COLUMN search_text SET STATISTICS 0;

CREATE TABLE address_use (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    create_uid BIGINT,
    create_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    write_uid BIGINT,
    write_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    revision INTEGER DEFAULT 1 NOT NULL,
    custom JSONB DEFAULT '{}'::jsonb NOT NULL,
    address_id BIGINT NOT NULL,
    party_id BIGINT,
    affiliation_id BIGINT,
    kind TEXT NOT NULL,
    date_from DATE,
    date_to DATE,
    note TEXT,
    PRIMARY KEY (id),
    CONSTRAINT address_use_one_holder CHECK (num_nonnulls(party_id, affiliation_id) = 1),
    CONSTRAINT address_use_dates_order CHECK (date_from IS NULL OR date_to IS NULL OR date_from <= date_to)
);

CREATE TABLE affiliation (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    create_uid BIGINT,
    create_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    write_uid BIGINT,
    write_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    revision INTEGER DEFAULT 1 NOT NULL,
    custom JSONB DEFAULT '{}'::jsonb NOT NULL,
    name TEXT,
    person_id BIGINT NOT NULL,
    organisation_id BIGINT NOT NULL,
    position TEXT,
    department TEXT,
    phone TEXT,
    email TEXT,
    date_from DATE,
    date_to DATE,
    is_primary BOOLEAN DEFAULT false NOT NULL,
    note TEXT,
    phone_e164 VARCHAR(16),
    search_text TEXT GENERATED ALWAYS AS (public.fold(coalesce("name", '')) || chr(1) || ' ' || public.fold(coalesce("position", '') || ' ' || coalesce("phone", '') || ' ' || coalesce("email", '')) || ' ' || regexp_replace(coalesce("phone", ''), '[^0-9]+', '', 'g') || ' ' || regexp_replace(coalesce("phone_e164", ''), '[^0-9]+', '', 'g')) STORED,
    PRIMARY KEY (id),
    CONSTRAINT affiliation_dates_order CHECK (date_from IS NULL OR date_to IS NULL OR date_from <= date_to)
);

ALTER TABLE affiliation ALTER COLUMN search_text SET STATISTICS 0;

CREATE TABLE affiliation_code_rel (
    affiliation_id BIGINT NOT NULL,
    code_id BIGINT NOT NULL,
    CONSTRAINT affiliation_code_rel_pkey PRIMARY KEY (affiliation_id, code_id)
);

CREATE TABLE audit (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    create_uid BIGINT,
    create_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    write_uid BIGINT,
    write_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    revision INTEGER DEFAULT 1 NOT NULL,
    custom JSONB DEFAULT '{}'::jsonb NOT NULL,
    date TIMESTAMP WITH TIME ZONE NOT NULL,
    model TEXT NOT NULL,
    res_id INTEGER DEFAULT 0 NOT NULL,
    uid BIGINT,
    operation TEXT NOT NULL,
    source TEXT,
    reason TEXT,
    revision_after INTEGER,
    changes JSONB,
    PRIMARY KEY (id, date)
)
 PARTITION BY RANGE (date);

CREATE TABLE audit_rest PARTITION OF audit DEFAULT;

CREATE TABLE code (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    create_uid BIGINT,
    create_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    write_uid BIGINT,
    write_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    revision INTEGER DEFAULT 1 NOT NULL,
    custom JSONB DEFAULT '{}'::jsonb NOT NULL,
    name JSONB NOT NULL,
    number VARCHAR(20),
    kind_id BIGINT NOT NULL,
    parent_id BIGINT,
    colour TEXT,
    sequence INTEGER DEFAULT 0 NOT NULL,
    valid_from DATE,
    valid_to DATE,
    description TEXT,
    active BOOLEAN DEFAULT false NOT NULL,
    search_text TEXT GENERATED ALWAYS AS (public.fold(coalesce(jsonb_path_query_array("name", '$.*')::text, '')) || chr(1) || ' ' || public.fold(coalesce("number", ''))) STORED,
    PRIMARY KEY (id),
    CONSTRAINT code_validity_order CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to),
    CONSTRAINT code_number_unique UNIQUE (number, kind_id)
);

ALTER TABLE code ALTER COLUMN search_text SET STATISTICS 0;

CREATE TABLE code_kind (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    create_uid BIGINT,
    create_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    write_uid BIGINT,
    write_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    revision INTEGER DEFAULT 1 NOT NULL,
    custom JSONB DEFAULT '{}'::jsonb NOT NULL,
    name JSONB NOT NULL,
    key VARCHAR(40),
    sequence INTEGER DEFAULT 0 NOT NULL,
    description TEXT,
    active BOOLEAN DEFAULT false NOT NULL,
    search_text TEXT GENERATED ALWAYS AS (public.fold(coalesce(jsonb_path_query_array("name", '$.*')::text, '')) || chr(1)) STORED,
    PRIMARY KEY (id),
    CONSTRAINT code_kind_key_unique UNIQUE (key)
);

ALTER TABLE code_kind ALTER COLUMN search_text SET STATISTICS 0;

CREATE TABLE custom_field (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    create_uid BIGINT,
    create_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    write_uid BIGINT,
    write_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    revision INTEGER DEFAULT 1 NOT NULL,
    custom JSONB DEFAULT '{}'::jsonb NOT NULL,
    active BOOLEAN DEFAULT false NOT NULL,
    model TEXT NOT NULL,
    name TEXT NOT NULL,
    label TEXT NOT NULL,
    type TEXT NOT NULL,
    required BOOLEAN DEFAULT false NOT NULL,
    "default" TEXT,
    help TEXT,
    choices JSONB,
    comodel TEXT,
    read_roles TEXT,
    write_roles TEXT,
    domain JSONB,
    "unique" BOOLEAN DEFAULT false NOT NULL,
    index BOOLEAN DEFAULT false NOT NULL,
    sequence INTEGER DEFAULT 0 NOT NULL,
    index_problem TEXT,
    search_text TEXT GENERATED ALWAYS AS (public.fold(coalesce("label", '')) || chr(1)) STORED,
    PRIMARY KEY (id),
    CONSTRAINT custom_field_name_unique UNIQUE (name, model)
);

ALTER TABLE custom_field ALTER COLUMN search_text SET STATISTICS 0;

CREATE TABLE external_id (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    create_uid BIGINT,
    create_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    write_uid BIGINT,
    write_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    revision INTEGER DEFAULT 1 NOT NULL,
    custom JSONB DEFAULT '{}'::jsonb NOT NULL,
    model TEXT NOT NULL,
    name TEXT NOT NULL,
    res_id INTEGER DEFAULT 0 NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT external_id_name_unique UNIQUE (model, name)
);

CREATE TABLE idempotency_key (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    create_uid BIGINT,
    create_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    write_uid BIGINT,
    write_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    revision INTEGER DEFAULT 1 NOT NULL,
    custom JSONB DEFAULT '{}'::jsonb NOT NULL,
    user_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER DEFAULT 0 NOT NULL,
    body TEXT,
    PRIMARY KEY (id),
    CONSTRAINT idempotency_key_key_unique UNIQUE (user_id, key)
);

CREATE TABLE job (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    create_uid BIGINT,
    create_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    write_uid BIGINT,
    write_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    revision INTEGER DEFAULT 1 NOT NULL,
    custom JSONB DEFAULT '{}'::jsonb NOT NULL,
    name TEXT NOT NULL,
    queue TEXT NOT NULL,
    args JSONB,
    state TEXT NOT NULL,
    progress INTEGER DEFAULT 0 NOT NULL,
    total INTEGER DEFAULT 0 NOT NULL,
    uid BIGINT,
    attempts INTEGER DEFAULT 0 NOT NULL,
    run_after TIMESTAMP WITH TIME ZONE NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    error TEXT,
    result JSONB,
    PRIMARY KEY (id)
);

CREATE TABLE party (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    create_uid BIGINT,
    create_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    write_uid BIGINT,
    write_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    revision INTEGER DEFAULT 1 NOT NULL,
    custom JSONB DEFAULT '{}'::jsonb NOT NULL,
    kind TEXT NOT NULL,
    name TEXT,
    short_name TEXT,
    legal_name TEXT,
    latin_name TEXT,
    status TEXT NOT NULL,
    active BOOLEAN DEFAULT false NOT NULL,
    inn VARCHAR(12),
    kpp VARCHAR(9),
    ogrn VARCHAR(15),
    vat VARCHAR(16),
    industry_id BIGINT,
    parent_id BIGINT,
    family_name TEXT,
    given_name TEXT,
    patronymic TEXT,
    gender TEXT,
    salutation TEXT,
    name_genitive TEXT,
    name_dative TEXT,
    birthday DATE,
    private_phone TEXT,
    private_email TEXT,
    phone TEXT,
    email TEXT,
    website TEXT,
    language TEXT,
    preferred_channel TEXT,
    do_not_call BOOLEAN DEFAULT false NOT NULL,
    do_not_email BOOLEAN DEFAULT false NOT NULL,
    do_not_post BOOLEAN DEFAULT false NOT NULL,
    account_manager_id BIGINT,
    is_confidential BOOLEAN DEFAULT false NOT NULL,
    city TEXT,
    note TEXT,
    private_phone_e164 VARCHAR(16),
    phone_e164 VARCHAR(16),
    search_text TEXT GENERATED ALWAYS AS (public.fold(coalesce("name", '')) || chr(1) || ' ' || public.fold(coalesce("short_name", '') || ' ' || coalesce("legal_name", '') || ' ' || coalesce("inn", '') || ' ' || coalesce("ogrn", '') || ' ' || coalesce("phone", '') || ' ' || coalesce("email", '') || ' ' || coalesce("city", '')) || ' ' || regexp_replace(coalesce("phone", ''), '[^0-9]+', '', 'g') || ' ' || regexp_replace(coalesce("phone_e164", ''), '[^0-9]+', '', 'g')) STORED,
    PRIMARY KEY (id)
);

ALTER TABLE party ALTER COLUMN search_text SET STATISTICS 0;

CREATE TABLE party_code_rel (
    code_id BIGINT NOT NULL,
    party_id BIGINT NOT NULL,
    CONSTRAINT party_code_rel_pkey PRIMARY KEY (code_id, party_id)
);

CREATE TABLE party_contact (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    create_uid BIGINT,
    create_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    write_uid BIGINT,
    write_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    revision INTEGER DEFAULT 1 NOT NULL,
    custom JSONB DEFAULT '{}'::jsonb NOT NULL,
    party_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    purpose TEXT,
    value VARCHAR(254) NOT NULL,
    e164 TEXT,
    label TEXT,
    sequence INTEGER DEFAULT 0 NOT NULL,
    search_text TEXT GENERATED ALWAYS AS (public.fold(coalesce("value", '')) || chr(1) || ' ' || public.fold(coalesce("e164", ''))) STORED,
    PRIMARY KEY (id)
);

ALTER TABLE party_contact ALTER COLUMN search_text SET STATISTICS 0;

CREATE TABLE permission_seed (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    create_uid BIGINT,
    create_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    write_uid BIGINT,
    write_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    revision INTEGER DEFAULT 1 NOT NULL,
    custom JSONB DEFAULT '{}'::jsonb NOT NULL,
    role TEXT NOT NULL,
    model TEXT NOT NULL,
    letters TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT permission_seed_right_unique UNIQUE (role, model)
);

CREATE TABLE registry_version (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    create_uid BIGINT,
    create_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    write_uid BIGINT,
    write_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    revision INTEGER DEFAULT 1 NOT NULL,
    custom JSONB DEFAULT '{}'::jsonb NOT NULL,
    reason TEXT,
    PRIMARY KEY (id)
);

CREATE TABLE saved_default (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    create_uid BIGINT,
    create_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    write_uid BIGINT,
    write_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    revision INTEGER DEFAULT 1 NOT NULL,
    custom JSONB DEFAULT '{}'::jsonb NOT NULL,
    user_id BIGINT NOT NULL,
    model TEXT NOT NULL,
    field TEXT NOT NULL,
    value JSONB,
    PRIMARY KEY (id),
    CONSTRAINT saved_default_once UNIQUE (user_id, model, field)
);

CREATE TABLE sequence (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    create_uid BIGINT,
    create_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    write_uid BIGINT,
    write_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    revision INTEGER DEFAULT 1 NOT NULL,
    custom JSONB DEFAULT '{}'::jsonb NOT NULL,
    code TEXT NOT NULL,
    prefix TEXT,
    suffix TEXT,
    padding INTEGER DEFAULT 0 NOT NULL,
    step INTEGER DEFAULT 0 NOT NULL,
    start INTEGER DEFAULT 0 NOT NULL,
    per_year BOOLEAN DEFAULT false NOT NULL,
    gapless BOOLEAN DEFAULT false NOT NULL,
    search_text TEXT GENERATED ALWAYS AS (public.fold(coalesce("code", '')) || chr(1)) STORED,
    PRIMARY KEY (id),
    CONSTRAINT sequence_code_key UNIQUE (code),
    CONSTRAINT sequence_step CHECK (step <> 0)
);

ALTER TABLE sequence ALTER COLUMN search_text SET STATISTICS 0;

CREATE TABLE sequence_counter (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    create_uid BIGINT,
    create_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    write_uid BIGINT,
    write_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    revision INTEGER DEFAULT 1 NOT NULL,
    custom JSONB DEFAULT '{}'::jsonb NOT NULL,
    sequence_id BIGINT NOT NULL,
    year INTEGER DEFAULT 0 NOT NULL,
    value INTEGER DEFAULT 0 NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT sequence_counter_once UNIQUE (sequence_id, year)
);

CREATE TABLE user_session (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    create_uid BIGINT,
    create_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    write_uid BIGINT,
    write_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    revision INTEGER DEFAULT 1 NOT NULL,
    custom JSONB DEFAULT '{}'::jsonb NOT NULL,
    user_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    address TEXT,
    agent TEXT,
    ended TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id),
    CONSTRAINT user_session_key_key UNIQUE (key)
);

CREATE TABLE user_setting (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY,
    create_uid BIGINT,
    create_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    write_uid BIGINT,
    write_date TIMESTAMP WITH TIME ZONE DEFAULT now(),
    revision INTEGER DEFAULT 1 NOT NULL,
    custom JSONB DEFAULT '{}'::jsonb NOT NULL,
    user_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    value JSONB,
    PRIMARY KEY (id),
    CONSTRAINT user_setting_key_unique UNIQUE (user_id, key)
);

CREATE UNIQUE INDEX idx_api_key_lookup_hash ON ab_api_key (lookup_hash);

CREATE INDEX idx_api_key_prefix ON ab_api_key (key_prefix);

CREATE INDEX idx_api_key_user_id ON ab_api_key (user_id);

CREATE INDEX idx_group_id ON ab_group_role (group_id);

CREATE INDEX idx_group_role_id ON ab_group_role (role_id);

CREATE INDEX idx_permission_id ON ab_permission_view (permission_id);

CREATE INDEX idx_view_menu_id ON ab_permission_view (view_menu_id);

CREATE INDEX idx_permission_view_id ON ab_permission_view_role (permission_view_id);

CREATE INDEX idx_role_id ON ab_permission_view_role (role_id);

CREATE INDEX ab_role_search_text_head ON ab_role ((left(search_text, 64) COLLATE "C"));

CREATE INDEX ab_role_search_text_trgm ON ab_role USING gin (search_text gin_trgm_ops);

COMMENT ON INDEX ab_role_search_text_trgm IS '4ecfe522e8cdf9fcbb0c7e35f64e6635dce8133c';

CREATE INDEX ab_user_search_text_head ON ab_user ((left(search_text, 64) COLLATE "C"));

CREATE INDEX ab_user_search_text_trgm ON ab_user USING gin (search_text gin_trgm_ops);

COMMENT ON INDEX ab_user_search_text_trgm IS 'e7d2f5ff93426dd1089f460fbd58e01942bed898';

CREATE INDEX idx_user_group_id ON ab_user_group (group_id);

CREATE INDEX idx_user_id ON ab_user_group (user_id);

CREATE INDEX address_city_idx ON address (city);

CREATE INDEX address_country_idx ON address (country);

CREATE INDEX address_geocode_state_idx ON address (geocode_state);

CREATE INDEX address_in_order ON address (name, id);

CREATE INDEX address_name_trgm ON address USING gin (plain(name) gin_trgm_ops);

CREATE INDEX address_point_gist ON address USING gist (point);

CREATE INDEX address_postal_code_idx ON address (postal_code);

CREATE INDEX address_search_text_head ON address ((left(search_text, 64) COLLATE "C"));

CREATE INDEX address_search_text_trgm ON address USING gin (search_text gin_trgm_ops);

COMMENT ON INDEX address_search_text_trgm IS '4ecfe522e8cdf9fcbb0c7e35f64e6635dce8133c';

CREATE INDEX address_use_address_id_idx ON address_use (address_id);

CREATE INDEX address_use_affiliation_id_idx ON address_use (affiliation_id);

CREATE INDEX address_use_in_order ON address_use (date_to DESC NULLS FIRST, kind, id);

CREATE INDEX address_use_party_id_idx ON address_use (party_id);

CREATE INDEX affiliation_in_order ON affiliation (is_primary DESC, date_from DESC NULLS LAST, id);

CREATE INDEX affiliation_name_idx ON affiliation (name);

CREATE INDEX affiliation_organisation_id_idx ON affiliation (organisation_id);

CREATE INDEX affiliation_person_id_idx ON affiliation (person_id);

CREATE INDEX affiliation_phone_e164_idx ON affiliation (phone_e164);

CREATE INDEX affiliation_search_text_head ON affiliation ((left(search_text, 64) COLLATE "C"));

CREATE INDEX affiliation_search_text_trgm ON affiliation USING gin (search_text gin_trgm_ops);

COMMENT ON INDEX affiliation_search_text_trgm IS 'c092da7d032b3c4c078f5ffbc4f8eac3223ed2f0';

CREATE INDEX affiliation_code_rel_code_id_idx ON affiliation_code_rel (code_id, affiliation_id);

CREATE INDEX audit_in_order ON audit (date DESC, id DESC);

CREATE INDEX audit_record ON audit (model, res_id, date);

CREATE INDEX code_kind_id_idx ON code (kind_id);

CREATE INDEX code_number_idx ON code (number);

CREATE INDEX code_parent_id_idx ON code (parent_id);

CREATE INDEX code_search_text_head ON code ((left(search_text, 64) COLLATE "C"));

CREATE INDEX code_search_text_trgm ON code USING gin (search_text gin_trgm_ops);

COMMENT ON INDEX code_search_text_trgm IS '4f7b794026e7c0b3fd6e81e066d5cac9979e13fb';

CREATE INDEX code_kind_search_text_head ON code_kind ((left(search_text, 64) COLLATE "C"));

CREATE INDEX code_kind_search_text_trgm ON code_kind USING gin (search_text gin_trgm_ops);

COMMENT ON INDEX code_kind_search_text_trgm IS '280b46f25d3c9dd10d66afdcaac5a91e9a95af17';

CREATE INDEX custom_field_in_order ON custom_field (model, sequence, id);

CREATE INDEX custom_field_model_idx ON custom_field (model);

CREATE INDEX custom_field_search_text_head ON custom_field ((left(search_text, 64) COLLATE "C"));

CREATE INDEX custom_field_search_text_trgm ON custom_field USING gin (search_text gin_trgm_ops);

COMMENT ON INDEX custom_field_search_text_trgm IS '5d3f50edb5f540fe5f539bebd3d4bfb86417307a';

CREATE INDEX external_id_in_order ON external_id (model, name, id);

CREATE INDEX external_id_name_idx ON external_id (name);

CREATE INDEX idempotency_key_user_id_idx ON idempotency_key (user_id);

CREATE INDEX job_due ON job (run_after) WHERE state IN ('waiting', 'running');

CREATE INDEX job_name_idx ON job (name);

CREATE INDEX job_uid_idx ON job (uid);

CREATE INDEX party_account_manager_id_idx ON party (account_manager_id);

CREATE INDEX party_city_idx ON party (city);

CREATE INDEX party_in_order ON party (name, id);

CREATE INDEX party_industry_id_idx ON party (industry_id);

CREATE UNIQUE INDEX party_inn_kpp_unique ON party (inn, kpp) NULLS NOT DISTINCT WHERE inn IS NOT NULL;

CREATE INDEX party_kind_idx ON party (kind);

CREATE INDEX party_name_trgm ON party USING gin (plain(name) gin_trgm_ops);

CREATE INDEX party_parent_id_idx ON party (parent_id);

CREATE INDEX party_person_name_order ON party (kind, name);

CREATE INDEX party_phone_e164_idx ON party (phone_e164);

CREATE INDEX party_private_phone_e164_idx ON party (private_phone_e164);

CREATE INDEX party_search_text_head ON party ((left(search_text, 64) COLLATE "C"));

CREATE INDEX party_search_text_trgm ON party USING gin (search_text gin_trgm_ops);

COMMENT ON INDEX party_search_text_trgm IS 'db22e2e8db531f1d2c2d043fb34110f030087470';

CREATE INDEX party_code_rel_party_id_idx ON party_code_rel (party_id, code_id);

CREATE INDEX party_contact_e164_idx ON party_contact (e164);

CREATE INDEX party_contact_in_order ON party_contact (sequence, id);

CREATE INDEX party_contact_party_id_idx ON party_contact (party_id);

CREATE INDEX party_contact_search_text_head ON party_contact ((left(search_text, 64) COLLATE "C"));

CREATE INDEX party_contact_search_text_trgm ON party_contact USING gin (search_text gin_trgm_ops);

COMMENT ON INDEX party_contact_search_text_trgm IS '2cdcd45937251cc8747bec301562810b789436a6';

CREATE INDEX saved_default_in_order ON saved_default (model, field, id);

CREATE INDEX saved_default_user_id_idx ON saved_default (user_id);

CREATE INDEX sequence_in_order ON sequence (code, id);

CREATE INDEX sequence_search_text_head ON sequence ((left(search_text, 64) COLLATE "C"));

CREATE INDEX sequence_search_text_trgm ON sequence USING gin (search_text gin_trgm_ops);

COMMENT ON INDEX sequence_search_text_trgm IS '6c7aca18c5ad13f3cee84d110817083bb1266655';

CREATE INDEX user_session_user_id_idx ON user_session (user_id);

CREATE INDEX user_setting_in_order ON user_setting (key, id);

CREATE INDEX user_setting_user_id_idx ON user_setting (user_id);

ALTER TABLE ab_api_key ADD FOREIGN KEY(user_id) REFERENCES ab_user (id) ON DELETE CASCADE;

ALTER TABLE ab_group_role ADD FOREIGN KEY(group_id) REFERENCES ab_group (id) ON DELETE CASCADE;

ALTER TABLE ab_group_role ADD FOREIGN KEY(role_id) REFERENCES ab_role (id) ON DELETE CASCADE;

ALTER TABLE ab_permission_view ADD FOREIGN KEY(permission_id) REFERENCES ab_permission (id);

ALTER TABLE ab_permission_view ADD FOREIGN KEY(view_menu_id) REFERENCES ab_view_menu (id);

ALTER TABLE ab_permission_view_role ADD FOREIGN KEY(permission_view_id) REFERENCES ab_permission_view (id) ON DELETE CASCADE;

ALTER TABLE ab_permission_view_role ADD FOREIGN KEY(role_id) REFERENCES ab_role (id) ON DELETE CASCADE;

ALTER TABLE ab_role ADD CONSTRAINT ab_role_create_uid_fkey FOREIGN KEY(create_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE ab_role ADD CONSTRAINT ab_role_write_uid_fkey FOREIGN KEY(write_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE ab_user ADD FOREIGN KEY(changed_by_fk) REFERENCES ab_user (id);

ALTER TABLE ab_user ADD FOREIGN KEY(created_by_fk) REFERENCES ab_user (id);

ALTER TABLE ab_user ADD CONSTRAINT ab_user_create_uid_fkey FOREIGN KEY(create_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE ab_user ADD CONSTRAINT ab_user_write_uid_fkey FOREIGN KEY(write_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE ab_user_group ADD FOREIGN KEY(group_id) REFERENCES ab_group (id) ON DELETE CASCADE;

ALTER TABLE ab_user_group ADD FOREIGN KEY(user_id) REFERENCES ab_user (id) ON DELETE CASCADE;

ALTER TABLE ab_user_role ADD FOREIGN KEY(role_id) REFERENCES ab_role (id) ON DELETE CASCADE;

ALTER TABLE ab_user_role ADD FOREIGN KEY(user_id) REFERENCES ab_user (id) ON DELETE CASCADE;

ALTER TABLE address ADD CONSTRAINT address_create_uid_fkey FOREIGN KEY(create_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE address ADD CONSTRAINT address_write_uid_fkey FOREIGN KEY(write_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE address_use ADD CONSTRAINT address_use_address_id_fkey FOREIGN KEY(address_id) REFERENCES address (id) ON DELETE RESTRICT;

ALTER TABLE address_use ADD CONSTRAINT address_use_affiliation_id_fkey FOREIGN KEY(affiliation_id) REFERENCES affiliation (id) ON DELETE CASCADE;

ALTER TABLE address_use ADD CONSTRAINT address_use_create_uid_fkey FOREIGN KEY(create_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE address_use ADD CONSTRAINT address_use_party_id_fkey FOREIGN KEY(party_id) REFERENCES party (id) ON DELETE CASCADE;

ALTER TABLE address_use ADD CONSTRAINT address_use_write_uid_fkey FOREIGN KEY(write_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE affiliation ADD CONSTRAINT affiliation_create_uid_fkey FOREIGN KEY(create_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE affiliation ADD CONSTRAINT affiliation_organisation_id_fkey FOREIGN KEY(organisation_id) REFERENCES party (id) ON DELETE CASCADE;

ALTER TABLE affiliation ADD CONSTRAINT affiliation_person_id_fkey FOREIGN KEY(person_id) REFERENCES party (id) ON DELETE CASCADE;

ALTER TABLE affiliation ADD CONSTRAINT affiliation_write_uid_fkey FOREIGN KEY(write_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE affiliation_code_rel ADD CONSTRAINT affiliation_code_rel_affiliation_id_fkey FOREIGN KEY(affiliation_id) REFERENCES affiliation (id) ON DELETE CASCADE;

ALTER TABLE affiliation_code_rel ADD CONSTRAINT affiliation_code_rel_code_id_fkey FOREIGN KEY(code_id) REFERENCES code (id) ON DELETE CASCADE;

ALTER TABLE audit ADD CONSTRAINT audit_create_uid_fkey FOREIGN KEY(create_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE audit ADD CONSTRAINT audit_uid_fkey FOREIGN KEY(uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE audit ADD CONSTRAINT audit_write_uid_fkey FOREIGN KEY(write_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE code ADD CONSTRAINT code_create_uid_fkey FOREIGN KEY(create_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE code ADD CONSTRAINT code_kind_id_fkey FOREIGN KEY(kind_id) REFERENCES code_kind (id) ON DELETE RESTRICT;

ALTER TABLE code ADD CONSTRAINT code_parent_id_fkey FOREIGN KEY(parent_id) REFERENCES code (id) ON DELETE RESTRICT;

ALTER TABLE code ADD CONSTRAINT code_write_uid_fkey FOREIGN KEY(write_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE code_kind ADD CONSTRAINT code_kind_create_uid_fkey FOREIGN KEY(create_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE code_kind ADD CONSTRAINT code_kind_write_uid_fkey FOREIGN KEY(write_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE custom_field ADD CONSTRAINT custom_field_create_uid_fkey FOREIGN KEY(create_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE custom_field ADD CONSTRAINT custom_field_write_uid_fkey FOREIGN KEY(write_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE external_id ADD CONSTRAINT external_id_create_uid_fkey FOREIGN KEY(create_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE external_id ADD CONSTRAINT external_id_write_uid_fkey FOREIGN KEY(write_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE idempotency_key ADD CONSTRAINT idempotency_key_create_uid_fkey FOREIGN KEY(create_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE idempotency_key ADD CONSTRAINT idempotency_key_user_id_fkey FOREIGN KEY(user_id) REFERENCES ab_user (id) ON DELETE CASCADE;

ALTER TABLE idempotency_key ADD CONSTRAINT idempotency_key_write_uid_fkey FOREIGN KEY(write_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE job ADD CONSTRAINT job_create_uid_fkey FOREIGN KEY(create_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE job ADD CONSTRAINT job_uid_fkey FOREIGN KEY(uid) REFERENCES ab_user (id) ON DELETE CASCADE;

ALTER TABLE job ADD CONSTRAINT job_write_uid_fkey FOREIGN KEY(write_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE party ADD CONSTRAINT party_account_manager_id_fkey FOREIGN KEY(account_manager_id) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE party ADD CONSTRAINT party_create_uid_fkey FOREIGN KEY(create_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE party ADD CONSTRAINT party_industry_id_fkey FOREIGN KEY(industry_id) REFERENCES code (id) ON DELETE SET NULL;

ALTER TABLE party ADD CONSTRAINT party_parent_id_fkey FOREIGN KEY(parent_id) REFERENCES party (id) ON DELETE SET NULL;

ALTER TABLE party ADD CONSTRAINT party_write_uid_fkey FOREIGN KEY(write_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE party_code_rel ADD CONSTRAINT party_code_rel_code_id_fkey FOREIGN KEY(code_id) REFERENCES code (id) ON DELETE CASCADE;

ALTER TABLE party_code_rel ADD CONSTRAINT party_code_rel_party_id_fkey FOREIGN KEY(party_id) REFERENCES party (id) ON DELETE CASCADE;

ALTER TABLE party_contact ADD CONSTRAINT party_contact_create_uid_fkey FOREIGN KEY(create_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE party_contact ADD CONSTRAINT party_contact_party_id_fkey FOREIGN KEY(party_id) REFERENCES party (id) ON DELETE CASCADE;

ALTER TABLE party_contact ADD CONSTRAINT party_contact_write_uid_fkey FOREIGN KEY(write_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE permission_seed ADD CONSTRAINT permission_seed_create_uid_fkey FOREIGN KEY(create_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE permission_seed ADD CONSTRAINT permission_seed_write_uid_fkey FOREIGN KEY(write_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE registry_version ADD CONSTRAINT registry_version_create_uid_fkey FOREIGN KEY(create_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE registry_version ADD CONSTRAINT registry_version_write_uid_fkey FOREIGN KEY(write_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE saved_default ADD CONSTRAINT saved_default_create_uid_fkey FOREIGN KEY(create_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE saved_default ADD CONSTRAINT saved_default_user_id_fkey FOREIGN KEY(user_id) REFERENCES ab_user (id) ON DELETE CASCADE;

ALTER TABLE saved_default ADD CONSTRAINT saved_default_write_uid_fkey FOREIGN KEY(write_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE sequence ADD CONSTRAINT sequence_create_uid_fkey FOREIGN KEY(create_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE sequence ADD CONSTRAINT sequence_write_uid_fkey FOREIGN KEY(write_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE sequence_counter ADD CONSTRAINT sequence_counter_create_uid_fkey FOREIGN KEY(create_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE sequence_counter ADD CONSTRAINT sequence_counter_sequence_id_fkey FOREIGN KEY(sequence_id) REFERENCES sequence (id) ON DELETE CASCADE;

ALTER TABLE sequence_counter ADD CONSTRAINT sequence_counter_write_uid_fkey FOREIGN KEY(write_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE user_session ADD CONSTRAINT user_session_create_uid_fkey FOREIGN KEY(create_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE user_session ADD CONSTRAINT user_session_user_id_fkey FOREIGN KEY(user_id) REFERENCES ab_user (id) ON DELETE CASCADE;

ALTER TABLE user_session ADD CONSTRAINT user_session_write_uid_fkey FOREIGN KEY(write_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE user_setting ADD CONSTRAINT user_setting_create_uid_fkey FOREIGN KEY(create_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

ALTER TABLE user_setting ADD CONSTRAINT user_setting_user_id_fkey FOREIGN KEY(user_id) REFERENCES ab_user (id) ON DELETE CASCADE;

ALTER TABLE user_setting ADD CONSTRAINT user_setting_write_uid_fkey FOREIGN KEY(write_uid) REFERENCES ab_user (id) ON DELETE SET NULL;

