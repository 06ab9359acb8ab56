package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"turncoat"
)

// Every trial of a world begins with the same prompt, tens of kilobytes of
// mail. Such texts are taken out of their events before they are stored, kept
// once under their digest, and put back when the events are read.

// longText is the length in bytes from which a text is kept on its own.
const longText = 1024

// maxKnown bounds the writer's memory of which texts are stored.
const maxKnown = 10_000

// digest is the SHA-256 of a text.
type digest [sha256.Size]byte

// sharedText is a text that was taken out of an event.
type sharedText struct {
	place  int // index in sharedPlaces
	digest digest
	body   string
}

// sharedPlaces returns the places in an event where a text may stand that
// other transcripts have too, in an order that depends only on the event's
// shape. The order is part of the file's format: new places go to the end.
func sharedPlaces(e *turncoat.Event) []*string {
	var places []*string
	if e.Setup != nil {
		places = append(places, &e.Setup.System)
	}
	if e.Input != nil {
		for i := range e.Input.Parts {
			part := &e.Input.Parts[i]
			places = append(places, &part.Text)
			if part.Result != nil {
				places = append(places, &part.Result.Text)
			}
		}
	}
	return places
}

// toolsPlace is the place of the tools of a setup, which are kept as one text of
// JSON. It follows the place of the system prompt.
const toolsPlace = 1

// takeOut returns a copy of the event without its long texts, and the texts.
// A text that is not valid UTF-8 stays, so that it is encoded as all others.
func takeOut(e turncoat.Event) (turncoat.Event, []sharedText, error) {
	e = withOwnPlaces(e)
	var texts []sharedText
	for i, text := range sharedPlaces(&e) {
		if len(*text) < longText || !utf8.ValidString(*text) {
			continue
		}
		texts = append(texts, newSharedText(i, *text))
		*text = ""
	}
	if e.Setup != nil && len(e.Setup.Tools) > 0 {
		tools, err := encode(e.Setup.Tools)
		if err != nil {
			return e, nil, err
		}
		texts = append(texts, newSharedText(toolsPlace, tools))
		e.Setup.Tools = nil
	}
	return e, texts, nil
}

func newSharedText(place int, body string) sharedText {
	return sharedText{place: place, digest: sha256.Sum256([]byte(body)), body: body}
}

// withOwnPlaces returns a copy of the event whose shared places can be changed
// without changing the caller's event.
func withOwnPlaces(e turncoat.Event) turncoat.Event {
	if e.Setup != nil {
		setup := *e.Setup
		e.Setup = &setup
	}
	if e.Input != nil {
		input := *e.Input
		input.Parts = slices.Clone(input.Parts)
		for i, part := range input.Parts {
			if part.Result != nil {
				result := *part.Result
				input.Parts[i].Result = &result
			}
		}
		e.Input = &input
	}
	return e
}

// keep stores texts that are not stored yet. It returns what belongs into the
// column events.texts: pairs of place and key.
func (t *transaction) keep(ctx context.Context, texts []sharedText) (any, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	pairs := make([][2]int64, len(texts))
	for i, text := range texts {
		key, err := t.textKey(ctx, text)
		if err != nil {
			return nil, err
		}
		pairs[i] = [2]int64{int64(text.place), key}
	}
	encoded, err := json.Marshal(pairs)
	return string(encoded), err
}

func (t *transaction) textKey(ctx context.Context, text sharedText) (int64, error) {
	if key, ok := t.known[text.digest]; ok {
		return key, nil
	}
	if key, ok := t.stored[text.digest]; ok {
		return key, nil
	}
	_, err := t.ExecContext(ctx, `INSERT INTO texts (digest, body) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING`,
		text.digest[:], []byte(text.body))
	if err != nil {
		return 0, err
	}
	var key int64
	if err := t.QueryRowContext(ctx, `SELECT key FROM texts WHERE digest = ?`, text.digest[:]).Scan(&key); err != nil {
		return 0, err
	}
	t.stored[text.digest] = key
	return key, nil
}

// remember notes texts that are certain to be stored, for stored texts are
// never removed.
func (w *writer) remember(stored map[digest]int64) {
	if len(w.known)+len(stored) > maxKnown {
		clear(w.known)
	}
	maps.Copy(w.known, stored)
}

// putBack restores the texts that takeOut took out of an event. The column
// names them; texts holds those that were read before.
func putBack(ctx context.Context, db queryer, e *turncoat.Event, column string, texts map[int64]string) error {
	var pairs [][2]int64
	if err := json.Unmarshal([]byte(column), &pairs); err != nil {
		return fmt.Errorf("texts of event %d: %w", e.Seq, err)
	}
	places := sharedPlaces(e)
	for _, pair := range pairs {
		place, key := pair[0], pair[1]
		isTools := e.Setup != nil && place == toolsPlace
		if place < 0 || place >= int64(len(places)) && !isTools {
			return fmt.Errorf("texts of event %d: it has no place %d", e.Seq, place)
		}
		if _, read := texts[key]; !read {
			var body string
			if err := db.QueryRowContext(ctx, `SELECT body FROM texts WHERE key = ?`, key).Scan(&body); err != nil {
				return fmt.Errorf("text %d of event %d: %w", key, e.Seq, err)
			}
			texts[key] = body
		}
		if isTools {
			if err := json.Unmarshal([]byte(texts[key]), &e.Setup.Tools); err != nil {
				return fmt.Errorf("tools of event %d: %w", e.Seq, err)
			}
			continue
		}
		*places[place] = texts[key]
	}
	return nil
}

// queryer is a database or a transaction that reads.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}
