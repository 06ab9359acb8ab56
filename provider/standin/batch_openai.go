package standin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// The limits of a batch of OpenAI's.
const (
	maxTasks     = 50_000
	maxTasksBody = 200_000_000
)

// batchEndpoints are what a batch can be of.
var batchEndpoints = map[string]protocol{
	"/v1/responses":        openAIResponses{},
	"/v1/chat/completions": openAIChat{},
}

// openAITerms are what only OpenAI's batches have.
type openAITerms struct {
	endpoint string
	input    string // ID of the file of requests
	replies  string // ID of the file of replies
	errors   string // ID of the file of what went wrong
	failures []batchFailure
}

// batchFailure is a reason why a batch failed as a whole.
type batchFailure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Line    *int   `json:"line"` // of the file of requests, from 1
}

// file is a file of requests, until a batch is made of it, or one of a batch's two
// files of results.
type file struct {
	requests []byte
	of       *batch
	fates    []Fate // of the requests that the file tells of
}

// serveFileBatches serves the parts of the Files and Batch APIs that hand batches
// in and fetch them (https://platform.openai.com/docs/api-reference/batch), below
// a root.
func (s *server) serveFileBatches(mux *http.ServeMux, root string) {
	p := openAIChat{}
	mux.Handle("POST "+root+"/files", s.serve(p, s.takeFile))
	mux.Handle("GET "+root+"/files/{id}/content", s.serve(p, s.sendFile))
	mux.Handle("POST "+root+"/batches", s.serve(p, s.createFileBatch))
	mux.Handle("GET "+root+"/batches/{id}", s.serve(p, s.showFileBatch))
}

func (s *server) takeFile(w http.ResponseWriter, r *http.Request) *refusal {
	purpose, name, content, err := readUpload(w, r)
	switch _, tooLarge := errors.AsType[*http.MaxBytesError](err); {
	case tooLarge:
		return refuse(http.StatusRequestEntityTooLarge, "A file of requests may have %d bytes.", maxTasksBody)
	case err != nil:
		return refuse(http.StatusBadRequest, "The form could not be read: %v", err)
	case content == nil:
		return missingParameter("file")
	case purpose != "batch":
		return invalidParameter("purpose", "stand-ins take files for the purpose 'batch' alone")
	}
	id := "file-standin-" + s.desk.number()
	s.desk.keep(id, &file{requests: content})
	respond(w, http.StatusOK, object{
		"id": id, "object": "file", "bytes": len(content), "created_at": 0, "filename": name, "purpose": purpose, "status": "processed",
	})
	return nil
}

// readUpload reads a form with a file.
func readUpload(w http.ResponseWriter, r *http.Request) (purpose, name string, content []byte, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxTasksBody)
	form, err := r.MultipartReader()
	if err != nil {
		return "", "", nil, err
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return purpose, name, content, nil
		}
		if err != nil {
			return "", "", nil, err
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return "", "", nil, err
		}
		switch part.FormName() {
		case "purpose":
			purpose = string(value)
		case "file":
			name, content = part.FileName(), value
		}
	}
}

// keep keeps a file.
func (d *desk) keep(id string, f *file) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.files[id] = f
}

// requests returns the content of a file of requests, and forgets it: a batch is
// made of it. It is nil if there is no such file.
func (d *desk) requests(id string) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.files[id]
	if f == nil {
		return nil
	}
	delete(d.files, id)
	return f.requests
}

// results returns a file of results, or nil if there is no such file yet.
func (d *desk) results(id string) *file {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.files[id]
	if f == nil || f.of == nil || !d.hasEnded(f.of) {
		return nil
	}
	return f
}

func (s *server) createFileBatch(w http.ResponseWriter, r *http.Request) *refusal {
	var asked struct {
		Input    string `json:"input_file_id"`
		Endpoint string `json:"endpoint"`
		Window   string `json:"completion_window"`
	}
	if wrong := readJSON(w, r, &asked); wrong != nil {
		return wrong
	}
	p, known := batchEndpoints[asked.Endpoint]
	switch {
	case !known:
		return invalidParameter("endpoint", "stand-ins take batches of '/v1/responses' and '/v1/chat/completions'")
	case asked.Window != "24h":
		return invalidParameter("completion_window", "supported values are: '24h'")
	}
	content := s.desk.requests(asked.Input)
	if content == nil {
		return invalidParameter("input_file_id", fmt.Sprintf("there is no file %q, or there is a batch of it already", asked.Input))
	}
	number := s.desk.number()
	b := &batch{id: "batch_standin_" + number, openAI: openAITerms{endpoint: asked.Endpoint, input: asked.Input}}
	tasks, failures := readTasks(content, asked.Endpoint)
	if why := s.desk.options.Failure; why != "" {
		failures = []batchFailure{{Code: "stand_in_failure", Message: why}}
	}
	b.openAI.failures = failures
	if len(failures) == 0 {
		cues := s.cues.of(r.Header.Get(CuesHeader))
		for _, t := range tasks {
			b.outcomes = append(b.outcomes, s.outcome(p, t.CustomID, t.Body, cues[t.CustomID]))
		}
		s.keepResults(b, number)
	}
	s.desk.take(b)
	s.cues.drop(r.Header.Get(CuesHeader))
	respond(w, http.StatusOK, s.fileBatch(b, "validating"))
	return nil
}

// task is a line of a file of requests.
type task struct {
	CustomID string          `json:"custom_id"`
	Method   string          `json:"method"`
	URL      string          `json:"url"`
	Body     json.RawMessage `json:"body"`
}

// readTasks reads a file of requests, and says why no batch can be made of it.
func readTasks(content []byte, endpoint string) ([]task, []batchFailure) {
	var tasks []task
	var keys []string
	for line := range bytes.Lines(content) {
		var t task
		number := len(tasks) + 1
		switch err := json.Unmarshal(line, &t); {
		case err != nil:
			return nil, []batchFailure{{"invalid_json_line", "This line is not parseable as valid JSON.", &number}}
		case t.Method != http.MethodPost:
			return nil, []batchFailure{{"invalid_method", "The method must be 'POST'.", &number}}
		case t.URL != endpoint:
			return nil, []batchFailure{{"invalid_url", "The URL provided for this request does not match the batch endpoint.", &number}}
		}
		tasks, keys = append(tasks, t), append(keys, t.CustomID)
	}
	switch at, problem := checkKeys(keys); {
	case len(tasks) == 0:
		return nil, []batchFailure{{"empty_file", "The input file is empty.", nil}}
	case len(tasks) > maxTasks:
		return nil, []batchFailure{{"too_many_tasks", fmt.Sprintf("The input file may have %d requests.", maxTasks), nil}}
	case problem != "":
		number := at + 1
		return nil, []batchFailure{{"invalid_custom_id", problem, &number}}
	}
	return tasks, nil
}

// keepResults keeps the files of results that a batch has: none that would be
// empty.
func (s *server) keepResults(b *batch, number string) {
	if b.count(FateAnswered) > 0 {
		b.openAI.replies = "file-standin-" + number + "-output"
		s.desk.keep(b.openAI.replies, &file{of: b, fates: []Fate{FateAnswered}})
	}
	if b.count(FateErrored)+b.count(FateExpired) > 0 {
		b.openAI.errors = "file-standin-" + number + "-error"
		s.desk.keep(b.openAI.errors, &file{of: b, fates: []Fate{FateErrored, FateExpired}})
	}
}

func (s *server) showFileBatch(w http.ResponseWriter, r *http.Request) *refusal {
	b, ended := s.desk.ask(r.PathValue("id"))
	if b == nil {
		return refuse(http.StatusNotFound, "No batch found with id '%s'.", r.PathValue("id"))
	}
	status := "in_progress"
	switch {
	case !ended:
	case len(b.openAI.failures) > 0:
		status = "failed"
	case b.count(FateExpired)+b.count(FateMissing) > 0:
		status = "expired"
	default:
		status = "completed"
	}
	respond(w, http.StatusOK, s.fileBatch(b, status))
	return nil
}

// fileBatch is what the API says of a batch with a status.
func (s *server) fileBatch(b *batch, status string) object {
	said := object{
		"id":                b.id,
		"object":            "batch",
		"endpoint":          b.openAI.endpoint,
		"errors":            nil,
		"input_file_id":     b.openAI.input,
		"completion_window": "24h",
		"status":            status,
		"output_file_id":    nil,
		"error_file_id":     nil,
		"created_at":        b.created.Unix(),
		"expires_at":        b.created.Add(batchLife).Unix(),
		"request_counts":    object{"total": len(b.outcomes), "completed": 0, "failed": 0},
		"metadata":          nil,
	}
	switch status {
	case "failed":
		said["errors"] = object{"object": "list", "data": b.openAI.failures}
		said["failed_at"] = b.ends(s.latency).Unix()
	case "completed", "expired":
		said["output_file_id"] = nullIfEmpty(b.openAI.replies)
		said["error_file_id"] = nullIfEmpty(b.openAI.errors)
		said[status+"_at"] = b.ends(s.latency).Unix()
		said["request_counts"] = object{"total": len(b.outcomes), "completed": b.count(FateAnswered), "failed": b.count(FateErrored)}
	}
	return said
}

func (s *server) sendFile(w http.ResponseWriter, r *http.Request) *refusal {
	f := s.desk.results(r.PathValue("id"))
	if f == nil {
		return refuse(http.StatusNotFound, "No such File object: %s", r.PathValue("id"))
	}
	var lines []any
	replies := false
	for _, fate := range f.fates {
		for _, o := range f.of.outcomes {
			if o.fate == fate {
				lines = append(lines, taskResult(batchEndpoints[f.of.openAI.endpoint], o))
				replies = replies || fate == FateAnswered
			}
		}
	}
	if s.sendLines(w, "application/octet-stream", lines) && replies {
		s.finish(f.of)
	}
	return nil
}

// taskResult is a line of a file of results.
func taskResult(p protocol, o outcome) object {
	line := object{"id": "batch_req_" + o.key, "custom_id": o.key, "response": nil, "error": nil}
	switch o.fate {
	case FateAnswered:
		line["response"] = object{"status_code": http.StatusOK, "request_id": "req_" + o.answer.answer.id, "body": p.answer(o.answer.answer)}
	case FateErrored:
		line["response"] = object{"status_code": o.refused.status, "request_id": "req_standin_" + o.key, "body": p.failure("", o.refused)}
	default:
		line["error"] = object{"code": "batch_expired", "message": "This request could not be executed before the completion window expired."}
	}
	return line
}
