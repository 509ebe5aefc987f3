-- Lets the application's role know two numbers that it may not see otherwise: how many standbys are in step of those that
-- commits wait for, and how many archives receive the log. The role pg_monitor would show it what everybody on the server
-- does. As the superuser, in the product's database:
--
--   psql --username=postgres --dbname=mehraufwand --file=deploy/replication.sql
--
-- The metrics `mehraufwand_standbys_in_step` and `mehraufwand_archives_in_step` are told where their functions are. To do
-- without a standby, or without the archive, for good: drop its function.
CREATE OR REPLACE FUNCTION public.standbys_in_step() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$ SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum') $$;
REVOKE EXECUTE ON FUNCTION public.standbys_in_step() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.standbys_in_step() TO mehraufwand_app;

CREATE OR REPLACE FUNCTION public.archives_in_step() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$ SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'archive' AND active AND wal_status <> 'lost' $$;
REVOKE EXECUTE ON FUNCTION public.archives_in_step() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.archives_in_step() TO mehraufwand_app;
