package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"turncoat"
)

// Append implements [turncoat.Store]. It returns when the events are in the
// file.
func (s *Store) Append(ctx context.Context, id turncoat.TrialID, status turncoat.Status, events ...turncoat.Event) error {
	a, err := newAddition(status, events)
	if err == nil {
		err = s.writer.write(ctx, func(ctx context.Context, tx *transaction) error { return a.write(ctx, tx, id) })
	}
	if err != nil {
		return fmt.Errorf("append to transcript of trial %s: %w", id, err)
	}
	return nil
}

// addition is what an Append adds, encoded before its turn to write comes.
type addition struct {
	status  turncoat.Status
	events  []storedEvent
	summary summary
}

type storedEvent struct {
	seq   int
	body  string
	texts []sharedText
}

// summary is what some events add to the columns of their trial. Nil leaves a
// column as it is.
type summary struct {
	ending, failure any // JSON
	returnedModel   any
	standIn         bool
	usage           turncoat.Usage
}

func newAddition(status turncoat.Status, events []turncoat.Event) (*addition, error) {
	switch status {
	case turncoat.StatusPlanned, turncoat.StatusFinished, turncoat.StatusFailed:
	default:
		return nil, fmt.Errorf("there is no status %q", status)
	}
	a := &addition{status: status}
	for _, e := range events {
		if err := a.summary.add(e); err != nil {
			return nil, fmt.Errorf("event %d: %w", e.Seq, err)
		}
		bare, texts, err := takeOut(e)
		if err != nil {
			return nil, fmt.Errorf("event %d: %w", e.Seq, err)
		}
		body, err := encode(bare)
		if err != nil {
			return nil, fmt.Errorf("event %d: %w", e.Seq, err)
		}
		a.events = append(a.events, storedEvent{seq: e.Seq, body: body, texts: texts})
	}
	return a, nil
}

func (s *summary) add(e turncoat.Event) (err error) {
	if e.Setup != nil {
		s.standIn = s.standIn || e.Setup.StandIn
	}
	if e.Reply != nil {
		s.standIn = s.standIn || turncoat.IsStandIn(e.Reply.Model)
		if s.returnedModel == nil && !turncoat.IsAgent(e.Reply.Model) {
			s.returnedModel = e.Reply.Model
		}
	}
	s.usage = s.usage.Add(e.Usage())
	if e.Ending != nil && s.ending == nil {
		s.ending, err = encode(e.Ending)
	}
	if e.Failure != nil && err == nil {
		brief := *e.Failure
		brief.Attempt = nil
		s.failure, err = encode(brief)
	}
	return err
}

func (a *addition) write(ctx context.Context, tx *transaction, id turncoat.TrialID) error {
	var trial int64
	var next int
	err := tx.QueryRowContext(ctx, `SELECT key, events FROM trials WHERE id = ?`, string(id)).Scan(&trial, &next)
	if errors.Is(err, sql.ErrNoRows) {
		return turncoat.ErrNotFound
	}
	if err != nil {
		return err
	}
	for i, e := range a.events {
		if e.seq != next+i {
			return fmt.Errorf("event %d does not continue it: the next is event %d", e.seq, next+i)
		}
		if err := e.write(ctx, tx, trial); err != nil {
			return fmt.Errorf("event %d: %w", e.seq, err)
		}
	}
	return a.summary.write(ctx, tx, trial, a.status, len(a.events))
}

func (e storedEvent) write(ctx context.Context, tx *transaction, trial int64) error {
	texts, err := tx.keep(ctx, e.texts)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO events (trial, seq, body, texts) VALUES (?, ?, ?, ?)`, trial, e.seq, e.body, texts)
	return err
}

func (s summary) write(ctx context.Context, tx *transaction, trial int64, status turncoat.Status, events int) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE trials SET
			status             = ?,
			events             = events + ?,
			ending             = coalesce(ending, ?),
			failure            = coalesce(?, failure),
			returned_model     = coalesce(returned_model, ?),
			stand_in           = stand_in OR ?,
			input_tokens       = input_tokens + ?,
			output_tokens      = output_tokens + ?,
			cache_read_tokens  = cache_read_tokens + ?,
			cache_write_tokens = cache_write_tokens + ?,
			reasoning_tokens   = reasoning_tokens + ?
		WHERE key = ?`,
		string(status), events, s.ending, s.failure, s.returnedModel, s.standIn,
		s.usage.InputTokens, s.usage.OutputTokens, s.usage.CacheReadTokens, s.usage.CacheWriteTokens, s.usage.ReasoningTokens,
		trial)
	return err
}

// Transcript implements [turncoat.Store].
func (s *Store) Transcript(ctx context.Context, id turncoat.TrialID) (turncoat.Transcript, error) {
	transcript, err := s.transcript(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		err = turncoat.ErrNotFound
	}
	if err != nil {
		return turncoat.Transcript{}, fmt.Errorf("transcript of trial %s: %w", id, err)
	}
	return transcript, nil
}

// transcript reads trial and events in one transaction, so that they belong
// together.
func (s *Store) transcript(ctx context.Context, id turncoat.TrialID) (turncoat.Transcript, error) {
	var transcript turncoat.Transcript
	tx, err := s.reads.BeginTx(ctx, nil)
	if err != nil {
		return transcript, err
	}
	defer tx.Rollback()
	var key int64
	var stored storedTrial
	row := tx.QueryRowContext(ctx, `
		SELECT t.key, `+trialColumns+` FROM trials t JOIN settings s ON s.key = t.setting WHERE t.id = ?`, string(id))
	if err := row.Scan(append([]any{&key}, stored.columns()...)...); err != nil {
		return transcript, err
	}
	if transcript.Trial, err = stored.trial(); err != nil {
		return transcript, err
	}
	transcript.Events, err = readEvents(ctx, tx, key)
	return transcript, err
}

func readEvents(ctx context.Context, tx *sql.Tx, trial int64) ([]turncoat.Event, error) {
	rows, err := tx.QueryContext(ctx, `SELECT body, texts FROM events WHERE trial = ? ORDER BY seq`, trial)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var events []turncoat.Event
	texts := map[int64]string{}
	for rows.Next() {
		var body string
		var shared sql.NullString
		if err := rows.Scan(&body, &shared); err != nil {
			return nil, err
		}
		var e turncoat.Event
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			return nil, fmt.Errorf("event %d: %w", len(events), err)
		}
		if shared.Valid {
			if err := putBack(ctx, tx, &e, shared.String, texts); err != nil {
				return nil, err
			}
		}
		events = append(events, e)
	}
	return events, rows.Err()
}

// FindTrial implements [turncoat.Store].
func (s *Store) FindTrial(ctx context.Context, prefix string) (turncoat.TrialID, error) {
	id, err := s.findTrial(ctx, prefix)
	if err != nil {
		return "", fmt.Errorf("trial %q: %w", prefix, err)
	}
	return id, nil
}

func (s *Store) findTrial(ctx context.Context, prefix string) (turncoat.TrialID, error) {
	const afterAllDigits = "~" // IDs are lower-case base32
	rows, err := s.reads.QueryContext(ctx, `SELECT id FROM trials WHERE id >= ? AND id < ? ORDER BY id LIMIT 2`, prefix, prefix+afterAllDigits)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var found []turncoat.TrialID
	for rows.Next() {
		var id turncoat.TrialID
		if err := rows.Scan(&id); err != nil {
			return "", err
		}
		found = append(found, id)
	}
	switch {
	case rows.Err() != nil:
		return "", rows.Err()
	case len(found) == 0:
		return "", turncoat.ErrNotFound
	case len(found) > 1:
		return "", fmt.Errorf("%w: both %s and %s begin so", turncoat.ErrAmbiguous, found[0], found[1])
	}
	return found[0], nil
}
