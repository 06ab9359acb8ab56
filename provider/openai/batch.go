package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"turncoat"
	"turncoat/provider/internal/exchange"
)

// The limits of a batch (https://platform.openai.com/docs/guides/batch).
const (
	maxBatchRequests = 50_000
	maxBatchBytes    = 200_000_000
)

// keptSeconds is how long the service keeps the files of results: thirty days, as
// it keeps those of requests. It would keep them for ever.
const keptSeconds = 30 * 24 * 60 * 60

// batches asks one of the two APIs in bulk: a file of requests is uploaded, and
// the batch of it writes its results into one file, and what went wrong into
// another.
type batches struct {
	config   Config
	endpoint openai.BatchNewParamsEndpoint
	uploads  openai.FileService
	jobs     openai.BatchService
	params   func(*turncoat.Request) (any, error)
	read     func(exchange.Answer) (*turncoat.Reply, error)
}

func newBatches(c Config, endpoint openai.BatchNewParamsEndpoint,
	params func(*turncoat.Request) (any, error), read func(exchange.Answer) (*turncoat.Reply, error),
) batches {
	return batches{
		config: c, endpoint: endpoint, params: params, read: read,
		uploads: openai.NewFileService(c.options()...), jobs: openai.NewBatchService(c.options()...),
	}
}

// BatchLimits says how much the service takes.
func (b batches) BatchLimits() turncoat.BatchLimits {
	return turncoat.BatchLimits{Requests: maxBatchRequests, Bytes: maxBatchBytes}
}

// SubmitBatch hands requests in, in two calls: a file that is uploaded and then
// not used costs nothing.
func (b batches) SubmitBatch(ctx context.Context, requests []turncoat.BatchRequest) (string, error) {
	input, err := b.newInput(requests, maxBatchBytes)
	if err != nil {
		return "", err
	}
	file, err := b.upload(ctx, input)
	if err != nil {
		return "", b.explain(err)
	}
	batch, err := b.create(ctx, file)
	return batch.ID, b.explain(err)
}

// batchInput is a line of a file of requests.
type batchInput struct {
	CustomID string `json:"custom_id"`
	Method   string `json:"method"`
	URL      string `json:"url"`
	Body     any    `json:"body"`
}

// newInput writes requests as a file, within a limit of bytes. Each is written as it
// would be if it were asked on its own.
func (b batches) newInput(requests []turncoat.BatchRequest, most int64) ([]byte, error) {
	if err := exchange.CheckBatch(requests, maxBatchRequests); err != nil {
		return nil, err
	}
	var input bytes.Buffer
	lines := json.NewEncoder(&input)
	lines.SetEscapeHTML(false)
	for _, r := range requests {
		params, err := b.params(r.Request)
		if err != nil {
			return nil, exchange.InRequest(r.Key, err)
		}
		if err := lines.Encode(batchInput{CustomID: r.Key, Method: http.MethodPost, URL: string(b.endpoint), Body: params}); err != nil {
			return nil, exchange.InRequest(r.Key, exchange.Unsupported("writing it for %s: %w", b.endpoint, err))
		}
	}
	return input.Bytes(), exchange.CheckBatchSize(int64(input.Len()), most)
}

// upload returns the ID of a new file of requests.
func (b batches) upload(ctx context.Context, input []byte) (string, error) {
	var answer exchange.Answer
	_, answer.Err = b.uploads.New(ctx, openai.FileNewParams{
		File: openai.File(bytes.NewReader(input), "batch.jsonl", "application/jsonl"), Purpose: openai.FilePurposeBatch,
	}, option.WithResponseInto(&answer.Response), option.WithResponseBodyInto(&answer.Body))
	var file openai.FileObject
	if err := answer.Read(ctx, b.config.Key, &file); err != nil {
		return "", err
	}
	if !file.JSON.ID.Valid() || file.ID == "" {
		return "", exchange.Malformed("it gives the file no ID")
	}
	return file.ID, nil
}

// create makes a batch of a file.
func (b batches) create(ctx context.Context, file string) (openai.Batch, error) {
	var answer exchange.Answer
	_, answer.Err = b.jobs.New(ctx, openai.BatchNewParams{
		InputFileID: file, Endpoint: b.endpoint, CompletionWindow: openai.BatchNewParamsCompletionWindow24h,
		OutputExpiresAfter: openai.BatchNewParamsOutputExpiresAfter{Seconds: keptSeconds},
	}, option.WithResponseInto(&answer.Response), option.WithResponseBodyInto(&answer.Body))
	return b.newBatch(ctx, answer)
}

// Batch says how far a batch has come.
func (b batches) Batch(ctx context.Context, id string) (turncoat.BatchStatus, error) {
	batch, err := b.batch(ctx, id)
	if err != nil {
		return turncoat.BatchStatus{}, b.explain(err)
	}
	return turncoat.BatchStatus{
		Ended:    hasEnded(batch),
		Failed:   b.failure(batch),
		Answered: overIn(batch),
		Requests: int(batch.RequestCounts.Total),
	}, nil
}

// BatchResults yields the results of a batch, as they are read: first those of
// its file of results, then those of its file of errors. A request that stands in
// neither has no result.
func (b batches) BatchResults(ctx context.Context, id string) iter.Seq2[turncoat.BatchResult, error] {
	return func(yield func(turncoat.BatchResult, error) bool) {
		batch, err := b.batch(ctx, id)
		if err == nil {
			err = b.withoutResults(batch)
		}
		if err != nil {
			yield(turncoat.BatchResult{}, b.explain(err))
			return
		}
		results := exchange.Results(b.lines(ctx, batch), overIn(batch), func(line []byte) (turncoat.BatchResult, error) {
			return b.newResult(ctx, line)
		})
		results(yield)
	}
}

func (b batches) batch(ctx context.Context, id string) (openai.Batch, error) {
	var answer exchange.Answer
	_, answer.Err = b.jobs.Get(ctx, id, option.WithResponseInto(&answer.Response), option.WithResponseBodyInto(&answer.Body))
	return b.newBatch(ctx, answer)
}

// newBatch reads what the service says of a batch.
func (b batches) newBatch(ctx context.Context, answer exchange.Answer) (openai.Batch, error) {
	var batch openai.Batch
	if err := answer.Read(ctx, b.config.Key, &batch); err != nil {
		return openai.Batch{}, err
	}
	if !batch.JSON.ID.Valid() || batch.ID == "" {
		return openai.Batch{}, exchange.Malformed("it gives the batch no ID")
	}
	switch batch.Status {
	case openai.BatchStatusValidating, openai.BatchStatusInProgress, openai.BatchStatusFinalizing, openai.BatchStatusCancelling,
		openai.BatchStatusCompleted, openai.BatchStatusFailed, openai.BatchStatusExpired, openai.BatchStatusCancelled:
		return batch, nil
	}
	return openai.Batch{}, exchange.Malformed("the batch has the status %q, which the API does not have", batch.Status)
}

// hasEnded reports whether nothing more will happen to a batch.
func hasEnded(batch openai.Batch) bool {
	switch batch.Status {
	case openai.BatchStatusCompleted, openai.BatchStatusFailed, openai.BatchStatusExpired, openai.BatchStatusCancelled:
		return true
	case openai.BatchStatusValidating, openai.BatchStatusInProgress, openai.BatchStatusFinalizing, openai.BatchStatusCancelling:
	}
	return false
}

// overIn counts the requests that are over. The files have a line for each of
// them, and of a batch that expired or was cancelled also for others.
func overIn(batch openai.Batch) int {
	return int(batch.RequestCounts.Completed + batch.RequestCounts.Failed)
}

// withoutResults returns why a batch has no results, or nil if it has some.
func (b batches) withoutResults(batch openai.Batch) error {
	failed := b.failure(batch)
	switch {
	case failed != nil:
		return failed
	case !hasEnded(batch):
		return exchange.NotEnded(batch.ID, string(batch.Status))
	case !batch.JSON.RequestCounts.Valid():
		return exchange.Malformed("it does not count the batch's requests")
	case !hasFiles(batch):
		return exchange.Malformed("the batch is completed, and no file holds its results")
	}
	return nil
}

// failure returns why a batch failed as a whole, or nil if it did not.
func (b batches) failure(batch openai.Batch) error {
	switch {
	case batch.Status == openai.BatchStatusFailed:
		code, message := whyFailed(batch.Errors.Data)
		return exchange.BatchFailure(code, message, b.config.Key)
	case hasEnded(batch) && batch.Status != openai.BatchStatusCompleted && !hasFiles(batch):
		return exchange.BatchFailure("", fmt.Sprintf("it is %s, and nothing in it was answered", batch.Status), b.config.Key)
	}
	return nil
}

// hasFiles reports whether a batch has a file of results, of either kind.
func hasFiles(batch openai.Batch) bool { return batch.OutputFileID != "" || batch.ErrorFileID != "" }

// whyFailed returns what the service says of a batch that failed: the first of
// the reasons, and how many more there are.
func whyFailed(reasons []openai.BatchError) (code, message string) {
	if len(reasons) == 0 {
		return "", ""
	}
	message = reasons[0].Message
	if line := reasons[0].Line; line != 0 {
		message = fmt.Sprintf("line %d of the requests: %s", line, message)
	}
	if more := len(reasons) - 1; more > 0 {
		message = fmt.Sprintf("%s (and %d more reasons)", message, more)
	}
	return reasons[0].Code, message
}

// lines yields the lines of both files of a batch.
func (b batches) lines(ctx context.Context, batch openai.Batch) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, file := range []string{batch.OutputFileID, batch.ErrorFileID} {
			if file == "" { // there were none of the kind
				continue
			}
			var answer exchange.Answer
			answer.Response, answer.Err = b.uploads.Content(ctx, file) //nolint:bodyclose // Lines closes it
			for line, err := range answer.Lines(ctx, b.config.Key) {
				if !yield(line, err) {
					return
				}
			}
		}
	}
}

// batchOutput is a line of either file. It has an error in the place of a response
// if none came.
type batchOutput struct {
	CustomID string `json:"custom_id"`
	Response *struct {
		Status    int             `json:"status_code"`
		RequestID string          `json:"request_id"`
		Body      json.RawMessage `json:"body"`
	} `json:"response"`
	Error json.RawMessage `json:"error"`
}

// newResult reads a line of either file.
func (b batches) newResult(ctx context.Context, line []byte) (turncoat.BatchResult, error) {
	var said batchOutput
	if err := json.Unmarshal(line, &said); err != nil {
		return turncoat.BatchResult{}, exchange.Malformed("a line of the results is not what was promised: %v", err)
	}
	if len(said.Error) > 0 && string(said.Error) != "null" {
		return b.unanswered(ctx, said), nil
	}
	if said.Response == nil || said.Response.Status < http.StatusOK || said.Response.Status > 599 {
		return turncoat.BatchResult{Key: said.CustomID, Err: exchange.Malformed("the result has neither a response nor an error")}, nil
	}
	header := http.Header{}
	header.Set(requestID, said.Response.RequestID)
	answer := exchange.InBatch(said.Response.Status, header, said.Response.Body)
	return answer.Result(ctx, said.CustomID, b.config.Key, requestID, b.read), nil
}

// unanswered returns the result of a request to which no answer came.
func (b batches) unanswered(ctx context.Context, said batchOutput) turncoat.BatchResult {
	var reason struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(said.Error, &reason) // of another form, it is shown as it is
	switch reason.Code {
	case "batch_expired":
		return turncoat.BatchResult{Key: said.CustomID, Err: exchange.Expired()}
	case "batch_cancelled":
		return turncoat.BatchResult{Key: said.CustomID, Err: exchange.Cancelled()}
	}
	answer := exchange.InBatch(http.StatusInternalServerError, nil, fmt.Appendf(nil, `{"error":%s}`, said.Error))
	return answer.Result(ctx, said.CustomID, b.config.Key, requestID, b.read)
}

// explain says of a compatible service that has no batches that it has none.
func (b batches) explain(err error) error {
	failed, ok := errors.AsType[*turncoat.ModelError](err)
	if !ok || failed.Status != http.StatusNotFound || b.config.BaseURL == DefaultBaseURL {
		return err
	}
	hinted := *failed
	hinted.Err = fmt.Errorf("%w; the service may not take batches", failed.Err)
	return &hinted
}
