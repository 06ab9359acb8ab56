package anthropic

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"

	sdk "github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
	"github.com/anthropics/anthropic-sdk-go/packages/param"

	"turncoat"
	"turncoat/provider/internal/exchange"
)

// The limits of a batch
// (https://platform.claude.com/docs/en/build-with-claude/batch-processing).
const (
	maxBatchRequests = 100_000
	maxBatchBytes    = 256_000_000
)

// batchesPath is where batches are handed in, and below it each of them is.
const batchesPath = "v1/messages/batches"

// BatchLimits says how much the API takes.
func (m *model) BatchLimits() turncoat.BatchLimits {
	return turncoat.BatchLimits{Requests: maxBatchRequests, Bytes: maxBatchBytes}
}

// SubmitBatch hands requests in, in one call.
func (m *model) SubmitBatch(ctx context.Context, requests []turncoat.BatchRequest) (string, error) {
	params, err := m.newBatchParams(requests, maxBatchBytes)
	if err != nil {
		return "", err
	}
	var answer exchange.Answer
	answer.Err = m.client.Post(ctx, batchesPath, params, &answer.Body, option.WithResponseInto(&answer.Response))
	batch, err := newBatch(ctx, answer, m.config.Key)
	return batch.ID, err
}

// newBatchParams writes requests as the API has them, within a limit of bytes. Each
// is written as it would be if it were asked on its own.
func (m *model) newBatchParams(requests []turncoat.BatchRequest, most int64) (sdk.MessageBatchNewParams, error) {
	var batch sdk.MessageBatchNewParams
	if err := exchange.CheckBatch(requests, maxBatchRequests); err != nil {
		return batch, err
	}
	size := int64(0)
	for _, r := range requests {
		params, err := newParams(m.config.Model, r.Request)
		if err != nil {
			return batch, exchange.InRequest(r.Key, err)
		}
		body, err := json.Marshal(params)
		if err != nil {
			return batch, exchange.InRequest(r.Key, exchange.Unsupported("writing it for the Messages API: %w", err))
		}
		size += int64(len(`{"custom_id":"","params":},`) + len(r.Key) + len(body))
		batch.Requests = append(batch.Requests, sdk.MessageBatchNewParamsRequest{
			CustomID: r.Key, Params: param.Override[sdk.MessageBatchNewParamsRequestParams](json.RawMessage(body)),
		})
	}
	return batch, exchange.CheckBatchSize(size, most)
}

// Batch says how far a batch has come. The API counts all of its requests as
// under way until the last of them is over, and knows no batch that failed as a
// whole.
func (m *model) Batch(ctx context.Context, id string) (turncoat.BatchStatus, error) {
	batch, err := m.batch(ctx, id)
	if err != nil {
		return turncoat.BatchStatus{}, err
	}
	over := overIn(batch)
	return turncoat.BatchStatus{
		Ended:    batch.ProcessingStatus == sdk.MessageBatchProcessingStatusEnded,
		Answered: over,
		Requests: over + int(batch.RequestCounts.Processing),
	}, nil
}

// BatchResults yields the results of a batch, as they are read.
func (m *model) BatchResults(ctx context.Context, id string) iter.Seq2[turncoat.BatchResult, error] {
	return func(yield func(turncoat.BatchResult, error) bool) {
		batch, err := m.batch(ctx, id)
		if err == nil && batch.ProcessingStatus != sdk.MessageBatchProcessingStatusEnded {
			err = exchange.NotEnded(id, string(batch.ProcessingStatus))
		}
		if err != nil {
			yield(turncoat.BatchResult{}, err)
			return
		}
		var answer exchange.Answer
		// Get and not ResultsStreaming, which does not tell a line that is broken from
		// a connection that is.
		answer.Err = m.client.Get(ctx, pathOf(id)+"/results", nil, &answer.Response, option.WithHeader("Accept", "application/x-jsonl"))
		results := exchange.Results(answer.Lines(ctx, m.config.Key), overIn(batch), func(line []byte) (turncoat.BatchResult, error) {
			return newResult(ctx, line, m.config.Key)
		})
		results(yield)
	}
}

func (m *model) batch(ctx context.Context, id string) (sdk.MessageBatch, error) {
	var answer exchange.Answer
	answer.Err = m.client.Get(ctx, pathOf(id), nil, &answer.Body, option.WithResponseInto(&answer.Response))
	return newBatch(ctx, answer, m.config.Key)
}

func pathOf(id string) string { return batchesPath + "/" + url.PathEscape(id) }

// newBatch reads what the API says of a batch.
func newBatch(ctx context.Context, answer exchange.Answer, key string) (sdk.MessageBatch, error) {
	var batch sdk.MessageBatch
	if err := answer.Read(ctx, key, &batch); err != nil {
		return sdk.MessageBatch{}, err
	}
	switch fields := batch.JSON; {
	case !fields.ID.Valid() || batch.ID == "":
		return sdk.MessageBatch{}, exchange.Malformed("it gives the batch no ID")
	case !fields.RequestCounts.Valid():
		return sdk.MessageBatch{}, exchange.Malformed("it does not count the batch's requests")
	}
	switch batch.ProcessingStatus {
	case sdk.MessageBatchProcessingStatusInProgress, sdk.MessageBatchProcessingStatusCanceling, sdk.MessageBatchProcessingStatusEnded:
		return batch, nil
	}
	return sdk.MessageBatch{}, exchange.Malformed("the batch has the status %q, which the API does not have", batch.ProcessingStatus)
}

// overIn counts the requests that are over. Once a batch has ended, its results
// have a line for each.
func overIn(batch sdk.MessageBatch) int {
	counts := batch.RequestCounts
	return int(counts.Succeeded + counts.Errored + counts.Canceled + counts.Expired)
}

// newResult reads a line of a batch's results.
func newResult(ctx context.Context, line []byte, key string) (turncoat.BatchResult, error) {
	var said sdk.MessageBatchIndividualResponse
	if err := json.Unmarshal(line, &said); err != nil {
		return turncoat.BatchResult{}, exchange.Malformed("a line of the results is not JSON: %v", err)
	}
	switch result := said.Result; result.Type {
	case "succeeded":
		answer := exchange.InBatch(http.StatusOK, nil, []byte(result.Message.RawJSON()))
		return answer.Result(ctx, said.CustomID, key, requestID, newReply), nil
	case "errored":
		answer := exchange.InBatch(statusOf(result.Error.Error.Type), nil, []byte(result.JSON.Error.Raw()))
		return answer.Result(ctx, said.CustomID, key, requestID, newReply), nil
	case "expired":
		return turncoat.BatchResult{Key: said.CustomID, Err: exchange.Expired()}, nil
	case "canceled":
		return turncoat.BatchResult{Key: said.CustomID, Err: exchange.Cancelled()}, nil
	}
	return turncoat.BatchResult{Key: said.CustomID, Err: exchange.Malformed("the result is of the type %q, which the API does not have", said.Result.Type)}, nil
}

// statusOf returns the HTTP status with which the API answers a single request
// that has an error of a type (https://docs.anthropic.com/en/api/errors). In a
// batch, the type is all that is said.
func statusOf(errorType string) int {
	switch errorType {
	case "invalid_request_error":
		return http.StatusBadRequest
	case "authentication_error":
		return http.StatusUnauthorized
	case "billing_error":
		return http.StatusPaymentRequired
	case "permission_error":
		return http.StatusForbidden
	case "not_found_error":
		return http.StatusNotFound
	case "request_too_large":
		return http.StatusRequestEntityTooLarge
	case "rate_limit_error":
		return http.StatusTooManyRequests
	case "timeout_error":
		return http.StatusGatewayTimeout
	case "overloaded_error":
		return statusOverloaded
	}
	return http.StatusInternalServerError
}

// statusOverloaded is the API's own status for a service that is overloaded.
const statusOverloaded = 529
