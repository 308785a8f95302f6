package postgres

import (
	"context"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/minitill/minitill/bridge/store/internal/storeurl"
	"github.com/minitill/minitill/fault"
)

// CheckURL reports what is wrong with the URL of a database, without dialing it.
//
// Faults: Invalid, whose Detail explains it and repeats no part of the URL.
func CheckURL(url string) error {
	_, err := parseURL(url)
	return err
}

func parseURL(text string) (*pgxpool.Config, error) {
	const op, form = "postgres.CheckURL", "a postgres:// URL"
	detail := storeurl.Check(text, form, "postgres", "postgresql")
	if detail == "" && !oneDatabase(text) {
		detail = "must name one database behind its host: postgres://user@host:5432/database"
	}
	if detail != "" {
		return nil, fault.New(fault.Invalid, op, detail)
	}
	config, err := pgxpool.ParseConfig(text)
	if err != nil { // it may quote a part of the password, and is not kept
		return nil, fault.New(fault.Invalid, op, "must be "+form+" whose parameters exist and can be used: sslmode, sslrootcert, pool_max_conns and the like")
	}
	return config, nil
}

// oneDatabase reports whether the path of a URL is empty or one name. A driver takes the slash
// of an unescaped password for the beginning of the name.
func oneDatabase(text string) bool {
	u, err := url.Parse(text)
	return err == nil && !strings.Contains(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
}

// execModeParameter names how statements are sent, in a URL.
const execModeParameter = "default_query_exec_mode"

// Config returns the settings with which Open connects to a URL, for other tables in the
// same database.
//
// Faults: as Open.
func Config(ctx context.Context, url string) (*pgxpool.Config, error) {
	config, err := poolConfig(ctx, url)
	return config, postgresFault("postgres.Config", err)
}

// poolConfig returns the settings of the pool for a URL, and for what is behind it.
func poolConfig(ctx context.Context, text string) (*pgxpool.Config, error) {
	config, err := parseURL(text)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(text)
	if err != nil || u.Query().Has(execModeParameter) {
		return config, err
	}
	pooled, err := behindPooler(ctx, config.ConnConfig)
	if pooled {
		config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	return config, err
}

// behindPooler reports that a pooler such as PgBouncer is between us and the server: the
// process that answers is not the one that the connection was said to be with. A pooler
// may give every transaction another connection of the server, on which statements that
// were prepared before are unknown.
func behindPooler(ctx context.Context, config *pgx.ConnConfig) (bool, error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return false, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var pid uint32
	err = conn.QueryRow(ctx, "select pg_backend_pid()", pgx.QueryExecModeExec).Scan(&pid)
	return err == nil && pid != conn.PgConn().PID(), err
}
