package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// applicationID is what the first migration writes into the file's header.
const applicationID = 1416785507

// checkOwner refuses a database that another program made, before anything in
// it is changed.
func checkOwner(ctx context.Context, db *sql.DB) error {
	var id, tables int64
	err := db.QueryRowContext(ctx, `
		SELECT application_id, (SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'goose\_%' ESCAPE '\' AND name NOT LIKE 'sqlite\_%' ESCAPE '\')
		FROM pragma_application_id`).Scan(&id, &tables)
	if err != nil {
		return err
	}
	if id == applicationID || id == 0 && tables == 0 {
		return nil
	}
	return errors.New("is a SQLite file of another program: name another file")
}

// migrate brings the tables up to date. Each migration is one transaction. Of
// two processes that migrate at the same moment one fails, sees that the other
// has got further, and goes on from there.
func migrate(ctx context.Context, db *sql.DB) error {
	provider, err := newMigrations(db)
	if err != nil {
		return err
	}
	reached := int64(-1)
	for {
		current, target, err := provider.GetVersions(ctx)
		if err == nil && current > target {
			return newerError(current, target)
		}
		if err == nil {
			_, err = provider.Up(ctx)
		}
		if err == nil || current <= reached {
			return err
		}
		reached = current
	}
}

func newMigrations(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
}

func newerError(current, known int64) error {
	return fmt.Errorf("was written by a newer Turncoat (its tables have version %d, this program knows up to %d): update Turncoat", current, known)
}
