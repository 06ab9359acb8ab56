package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"turncoat"
)

// SavePlan implements [turncoat.Store]. The whole plan is one transaction, in
// which nothing else can be written; trials is read as it goes. A trial of
// another study, or one that is asked for twice, is an error.
func (s *Store) SavePlan(ctx context.Context, study turncoat.Study, trials iter.Seq[turncoat.Trial]) error {
	if study.Name == "" {
		return errors.New("save plan: the study has no name")
	}
	if err := s.savePlan(ctx, study, trials); err != nil {
		return fmt.Errorf("save plan of study %q: %w", study.Name, err)
	}
	return nil
}

func (s *Store) savePlan(ctx context.Context, study turncoat.Study, trials iter.Seq[turncoat.Trial]) error {
	tx, err := s.writes.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	key, err := replaceStudy(ctx, tx, study)
	if err != nil {
		return err
	}
	p := planner{tx: tx, study: study.Name, key: key, settings: map[string]int64{}}
	for trial := range trials {
		if err := p.add(ctx, trial); err != nil {
			return err
		}
	}
	if err := p.finish(ctx); err != nil {
		return err
	}
	return tx.Commit()
}

// replaceStudy saves the design under a new plan number, removes the earlier
// plan, and returns the study's key.
func replaceStudy(ctx context.Context, tx *sql.Tx, study turncoat.Study) (int64, error) {
	design, err := encode(study)
	if err != nil {
		return 0, err
	}
	var key int64
	err = tx.QueryRowContext(ctx, `
		INSERT INTO studies (name, design, planned, plan, trials)
		VALUES (?, ?, ?, (SELECT coalesce(max(plan), 0) + 1 FROM studies), 0)
		ON CONFLICT (name) DO UPDATE SET design = excluded.design, planned = excluded.planned, plan = excluded.plan, trials = 0
		RETURNING key`,
		study.Name, design, encodeTime(time.Now().UTC())).Scan(&key)
	if err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM plans WHERE study = ?`, key)
	return key, err
}

// planner adds trials to a plan, in order.
type planner struct {
	tx       *sql.Tx
	study    string
	key      int64            // the study's
	position int64            // of the next trial
	settings map[string]int64 // keys by scenario, version and condition
}

func (p *planner) add(ctx context.Context, trial turncoat.Trial) error {
	id := trial.ID()
	if trial.Study != p.study {
		return fmt.Errorf("trial %s belongs to study %q", id, trial.Study)
	}
	setting, err := p.setting(ctx, trial.World)
	if err != nil {
		return err
	}
	parameters, err := encode(trial.Parameters)
	if err != nil {
		return err
	}
	limits, err := encode(trial.Limits)
	if err != nil {
		return err
	}
	_, err = p.tx.ExecContext(ctx, `
		INSERT INTO trials (id, study, setting, seed, interface, model, parameters, limits, number, status)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO NOTHING`,
		string(id), trial.Study, setting, int64(trial.World.Seed),
		string(trial.Interface), trial.Model, parameters, limits, trial.Number, string(turncoat.StatusPlanned))
	if err != nil {
		return err
	}
	_, err = p.tx.ExecContext(ctx, `INSERT INTO plans (study, position, trial) SELECT ?, ?, key FROM trials WHERE id = ?`,
		p.key, p.position, string(id))
	p.position++
	return err
}

// setting returns the key of what a world shares with others.
func (p *planner) setting(ctx context.Context, world turncoat.WorldID) (int64, error) {
	condition, err := encode(world.Condition)
	if err != nil {
		return 0, err
	}
	name := world.Scenario + "\x00" + world.Version + "\x00" + condition
	if key, ok := p.settings[name]; ok {
		return key, nil
	}
	var key int64
	err = p.tx.QueryRowContext(ctx, `
		INSERT INTO settings (scenario, version, condition) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET scenario = scenario
		RETURNING key`, world.Scenario, world.Version, condition).Scan(&key)
	if err != nil {
		return 0, err
	}
	p.settings[name] = key
	return key, nil
}

// finish checks the plan and notes its length.
func (p *planner) finish(ctx context.Context) error {
	var twice sql.NullString
	err := p.tx.QueryRowContext(ctx, `
		SELECT (SELECT id FROM trials WHERE key = trial) FROM plans
		WHERE study = ? GROUP BY trial HAVING count(*) > 1 LIMIT 1`, p.key).Scan(&twice)
	if err == nil {
		return fmt.Errorf("trial %s is asked for twice", twice.String)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	_, err = p.tx.ExecContext(ctx, `UPDATE studies SET trials = ? WHERE key = ?`, p.position, p.key)
	return err
}

// Study implements [turncoat.Store].
func (s *Store) Study(ctx context.Context, name string) (turncoat.PlannedStudy, error) {
	row := s.reads.QueryRowContext(ctx, `SELECT design, planned, trials FROM studies WHERE name = ?`, name)
	study, err := scanStudy(row)
	if errors.Is(err, sql.ErrNoRows) {
		err = turncoat.ErrNotFound
	}
	if err != nil {
		return turncoat.PlannedStudy{}, fmt.Errorf("study %q: %w", name, err)
	}
	return study, nil
}

// Studies implements [turncoat.Store].
func (s *Store) Studies(ctx context.Context) ([]turncoat.PlannedStudy, error) {
	rows, err := s.reads.QueryContext(ctx, `SELECT design, planned, trials FROM studies ORDER BY plan DESC`)
	if err != nil {
		return nil, fmt.Errorf("studies: %w", err)
	}
	defer rows.Close()
	var studies []turncoat.PlannedStudy
	for rows.Next() {
		study, err := scanStudy(rows)
		if err != nil {
			return nil, fmt.Errorf("studies: %w", err)
		}
		studies = append(studies, study)
	}
	return studies, rows.Err()
}

func scanStudy(row scanner) (turncoat.PlannedStudy, error) {
	var study turncoat.PlannedStudy
	var design, planned string
	if err := row.Scan(&design, &planned, &study.Trials); err != nil {
		return study, err
	}
	var err error
	if study.Planned, err = decodeTime(planned); err != nil {
		return study, err
	}
	return study, json.Unmarshal([]byte(design), &study.Study)
}

// scanner is a row, or rows at one of them.
type scanner interface {
	Scan(dest ...any) error
}
