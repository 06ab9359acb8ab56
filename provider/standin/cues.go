package standin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"

	"turncoat"
)

// CuesHeader is the header of an HTTP request that hands a batch in to
// stand-ins: the ID under which their server keeps the cues of the batch's
// requests, which were left with it before, at POST /turncoat-stand-in/cues.
const CuesHeader = "Turncoat-Cues"

// cuesPath is where cues of batches are left.
const cuesPath = handshakePath + "/cues"

// leftCues is what is left there: by the key of a request in the batch (its
// custom_id), what [CueHeader] would hold if it came alone.
type leftCues struct {
	Cues map[string]string `json:"cues"`
}

// cuesTaken is the answer: how the cues are called from then on.
type cuesTaken struct {
	ID string `json:"id"`
}

type cuesKey struct{}

// WithCues returns a context in which a batch is handed in through [Transport]
// to stand-ins, with the cues of its requests. Those without one are not in it.
func WithCues(ctx context.Context, requests []turncoat.BatchRequest) context.Context {
	cues := map[string]*turncoat.Cue{}
	for _, r := range requests {
		if r.Request != nil && r.Request.Cue != nil {
			cues[r.Key] = r.Request.Cue
		}
	}
	if len(cues) == 0 {
		return ctx
	}
	return context.WithValue(ctx, cuesKey{}, &deposit{cues: cues})
}

// deposit is the cues of a batch, which are left with the server once, before
// the first request that hands the batch in.
type deposit struct {
	cues map[string]*turncoat.Cue

	mu sync.Mutex
	id string // once they are left
}

// leave leaves the cues with the server at a URL, and returns their ID.
func (d *deposit) leave(ctx context.Context, base http.RoundTripper, at *url.URL) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.id != "" {
		return d.id, nil
	}
	left := leftCues{Cues: make(map[string]string, len(d.cues))}
	for key, cue := range d.cues {
		text, err := encodeCue(cue)
		if err != nil {
			return "", err
		}
		left.Cues[key] = text
	}
	taken, err := leaveAt(ctx, base, &url.URL{Scheme: at.Scheme, Host: at.Host, Path: cuesPath}, left)
	if err != nil {
		return "", fmt.Errorf("leaving the batch's cues with the server of stand-ins: %w", err)
	}
	d.id = taken.ID
	return d.id, nil
}

func leaveAt(ctx context.Context, base http.RoundTripper, to *url.URL, left leftCues) (cuesTaken, error) {
	body, err := json.Marshal(left)
	if err != nil {
		return cuesTaken{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(body))
	if err != nil {
		return cuesTaken{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := base.RoundTrip(req)
	if err != nil {
		return cuesTaken{}, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return cuesTaken{}, fmt.Errorf("it answers with HTTP %d", resp.StatusCode)
	}
	var taken cuesTaken
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<16)).Decode(&taken); err != nil {
		return cuesTaken{}, err
	}
	if taken.ID == "" {
		return cuesTaken{}, errors.New("it does not say how they are called")
	}
	return taken, nil
}

// cueSheets are the cues that were left with a server. It is safe for concurrent
// use.
type cueSheets struct {
	mu     sync.Mutex
	last   int
	sheets map[string]map[string]string // by ID and by the key of the request
}

func newCueSheets() *cueSheets { return &cueSheets{sheets: map[string]map[string]string{}} }

// keep returns the ID of new cues.
func (c *cueSheets) keep(cues map[string]string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	id := "cues_standin_" + strconv.Itoa(c.last)
	c.sheets[id] = cues
	return id
}

// of returns the cues with an ID, which may be none.
func (c *cueSheets) of(id string) map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sheets[id]
}

// drop forgets cues, whose batch has been taken.
func (c *cueSheets) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sheets, id)
}

// takeCues keeps the cues of a batch that is about to be handed in.
func (s *server) takeCues(w http.ResponseWriter, r *http.Request) {
	var left leftCues
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBatchBody)).Decode(&left); err != nil {
		http.Error(w, "stand-in: these are no cues: "+err.Error(), http.StatusBadRequest)
		return
	}
	respond(w, http.StatusOK, cuesTaken{ID: s.cues.keep(left.Cues)})
}
