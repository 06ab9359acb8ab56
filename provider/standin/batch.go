package standin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// BatchOptions say how it goes with batches. Most are for tests of what is made of
// them.
type BatchOptions struct {
	Polls   int                   // times that a batch is asked after and has not ended yet
	Fate    func(key string) Fate // what becomes of a request, by its custom_id; safe for concurrent use; nil: all are answered
	Failure string                // why every batch fails as a whole, which in OpenAI's API one can; empty: none does
	CutOff  int                   // times that results break off in the middle as they are read
}

// Fate is what becomes of a request of a batch.
type Fate string

// The fates.
const (
	FateAnswered Fate = ""        // it is answered, or refused as it would be alone
	FateErrored  Fate = "errored" // it is refused as wrong
	FateExpired  Fate = "expired" // the batch had no time for it
	FateMissing  Fate = "missing" // no line of the results tells of it; in Anthropic's API it is counted all the same
)

// maxBatchBody bounds the body that hands a batch in, as Anthropic's API does:
// 256 MB. OpenAI's takes 200.
const maxBatchBody = 256_000_000

// customID is how a request of a batch may be called.
var customID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// batch is a batch that was handed in. What its requests get is decided then, and
// told once it has ended.
type batch struct {
	id       string
	created  time.Time
	polls    int // times that it is still asked after and has not ended yet
	outcomes []outcome
	openAI   openAITerms
	told     map[string]bool // keys of those whose answers have been sent
}

// outcome is what a request of a batch gets: by its fate an answer, a refusal, or
// nothing.
type outcome struct {
	key     string
	fate    Fate
	answer  exchange
	refused *refusal
}

// count returns how many requests of a batch have a fate.
func (b *batch) count(f Fate) int {
	n := 0
	for _, o := range b.outcomes {
		if o.fate == f {
			n++
		}
	}
	return n
}

// ends is when the batch ends at the earliest.
func (b *batch) ends(latency time.Duration) time.Time { return b.created.Add(latency) }

// desk is where batches are handed in, asked after and fetched. It is safe for
// concurrent use.
type desk struct {
	options BatchOptions
	latency time.Duration // of a batch

	mu      sync.Mutex
	last    int // number of a batch or file
	cutOffs int // of results, still to come
	batches map[string]*batch
	files   map[string]*file
}

func newDesk(o BatchOptions, latency time.Duration) *desk {
	return &desk{options: o, latency: latency, cutOffs: o.CutOff, batches: map[string]*batch{}, files: map[string]*file{}}
}

// number returns a new number, which is no other batch's and no other file's.
func (d *desk) number() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last++
	return strconv.Itoa(d.last)
}

// take takes a batch in.
func (d *desk) take(b *batch) {
	d.mu.Lock()
	defer d.mu.Unlock()
	b.created, b.polls, b.told = time.Now(), d.options.Polls, map[string]bool{}
	d.batches[b.id] = b
}

// ask asks after a batch, and reports whether it has ended. It is nil if there is
// no such batch.
func (d *desk) ask(id string) (b *batch, ended bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	b = d.batches[id]
	if b == nil {
		return nil, false
	}
	if b.polls > 0 {
		b.polls--
		return b, false
	}
	return b, d.hasEnded(b)
}

// fetch returns a batch whose results are wanted, and whether there are any yet.
func (d *desk) fetch(id string) (b *batch, ended bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	b = d.batches[id]
	return b, b != nil && d.hasEnded(b)
}

// hasEnded reports whether a batch has ended. The caller holds the lock.
func (d *desk) hasEnded(b *batch) bool { return b.polls == 0 && !time.Now().Before(b.ends(d.latency)) }

// cut reports whether the results that are being sent break off.
func (d *desk) cut() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cutOffs == 0 {
		return false
	}
	d.cutOffs--
	return true
}

// tell notes that an answer has been sent, and reports whether that is news.
func (d *desk) tell(b *batch, key string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	news := !b.told[key]
	b.told[key] = true
	return news
}

// fate returns what becomes of a request.
func (d *desk) fate(key string) Fate {
	if d.options.Fate == nil {
		return FateAnswered
	}
	return d.options.Fate(key)
}

// outcome decides what a request of a batch gets: what it would get alone, with
// the faults that come before an answer, and expiry in the place of the others.
func (s *server) outcome(p protocol, key string, body []byte, cue string) outcome {
	o := outcome{key: key, fate: s.desk.fate(key)}
	switch o.fate {
	case FateExpired, FateMissing:
		return o
	case FateErrored:
		o.refused = refuse(http.StatusBadRequest, "This request is wrong (a fault that the stand-in was told to make).")
		return o
	case FateAnswered:
	}
	if o.answer, o.refused = s.understand(p, bytes.NewBuffer(body), cue); o.refused == nil && o.answer.stream {
		o.refused = refuse(http.StatusBadRequest, "stream: a request of a batch cannot be streamed")
	}
	if o.refused == nil {
		fault := s.begin(&o.answer, inBatch)
		o.refused = fault.refusal()
		if o.refused == nil && fault != faultNone {
			o.fate = FateExpired
		}
	}
	if o.refused != nil {
		o.fate = FateErrored
	}
	return o
}

// sendLines sends results, a line for each value, or what is left of them if they
// are to break off. It reports whether all of them were sent.
func (s *server) sendLines(w http.ResponseWriter, mediaType string, lines []any) bool {
	var body bytes.Buffer
	for _, line := range lines {
		if err := writeJSON(&body, line); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return false
		}
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
	if s.desk.cut() {
		body.Truncate(body.Len() / 2) // net/http closes a connection on which less comes than was announced
		_, _ = w.Write(body.Bytes())
		return false
	}
	_, err := w.Write(body.Bytes())
	return err == nil
}

// finish counts the answers of a batch that have been sent, each once.
func (s *server) finish(b *batch) {
	for _, o := range b.outcomes {
		if o.fate == FateAnswered && s.desk.tell(b, o.key) {
			s.ledger.finish(o.answer.key)
		}
	}
}

// readJSON reads the body of a call that is not a question to a model.
func readJSON(w http.ResponseWriter, r *http.Request, into any) *refusal {
	var body bytes.Buffer
	if unread := readBody(&body, w, r, maxBatchBody); unread != nil {
		return unread
	}
	if err := json.Unmarshal(body.Bytes(), into); err != nil {
		return refuse(http.StatusBadRequest, "The request body is not valid JSON: %v", err)
	}
	return nil
}

// checkKeys returns what is wrong with how the requests of a batch are called.
func checkKeys(keys []string) (at int, problem string) {
	seen := make(map[string]bool, len(keys))
	for i, key := range keys {
		switch {
		case !customID.MatchString(key):
			return i, fmt.Sprintf("custom_id: %q should match pattern '^[a-zA-Z0-9_-]{1,64}$'", key)
		case seen[key]:
			return i, fmt.Sprintf("custom_id: %q is not unique in the batch", key)
		}
		seen[key] = true
	}
	return 0, ""
}
