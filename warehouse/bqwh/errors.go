package bqwh

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"cloud.google.com/go/bigquery"
	"google.golang.org/api/googleapi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// reasons sort BigQuery's error reasons (cloud.google.com/bigquery/docs/error-messages).
var reasons = map[string]warehouse.Kind{
	"invalidQuery": warehouse.BadQuery, "invalid": warehouse.BadQuery, "responseTooLarge": warehouse.BadQuery,
	"billingTierLimitExceeded": warehouse.BadQuery, "resourcesExceeded": warehouse.BadQuery, "notImplemented": warehouse.BadQuery,
	"notFound": warehouse.NotFound, "duplicate": warehouse.Conflict, "stopped": warehouse.Canceled,
	"bytesBilledLimitExceeded": warehouse.Invalid,
	"backendError":             warehouse.Unavailable, "internalError": warehouse.Unavailable, "rateLimitExceeded": warehouse.Unavailable,
	"quotaExceeded": warehouse.Unavailable, "resourceInUse": warehouse.Unavailable, "tableUnavailable": warehouse.Unavailable,
	"jobBackendError": warehouse.Unavailable, "jobInternalError": warehouse.Unavailable, "jobRateLimitExceeded": warehouse.Unavailable,
	"accessDenied": warehouse.Unavailable, "billingNotEnabled": warehouse.Unavailable, "blocked": warehouse.Unavailable,
	"timeout": warehouse.Unavailable,
}

const accessRemedy = "the account needs roles/bigquery.jobUser on the project, roles/bigquery.dataEditor on the dataset, " +
	"roles/bigquery.dataViewer on what it reads elsewhere, such as the analytics export, and for read=storage " +
	"roles/bigquery.readSessionUser on the project"

// remedies say what to do where BigQuery does not.
var remedies = map[string]string{
	"accessDenied":             accessRemedy,
	"bytesBilledLimitExceeded": "ask for fewer days, or raise max_gib in the warehouse's URL",
	"resourcesExceeded":        "ask for fewer days at a time",
}

// sorted gives err its kind. Errors that have one keep it.
func sorted(ctx context.Context, err error) error {
	var own *warehouse.Error
	if err == nil || errors.As(err, &own) {
		return err
	}
	if c := ctx.Err(); c != nil {
		return &warehouse.Error{Kind: warehouse.Canceled, Err: errors.Join(c, err)}
	}
	kind, remedy := sort(err)
	if remedy != "" {
		return warehouse.Errorf(kind, "%w; %s", err, remedy)
	}
	return &warehouse.Error{Kind: kind, Err: err}
}

// sort finds the kind of an error of a request, of a job, of the Storage Read API or of the network, and the remedy.
func sort(err error) (warehouse.Kind, string) {
	if collided(err) {
		return warehouse.Unavailable, "another run changes the same tables: try again when it is done"
	}
	var api *googleapi.Error
	var job *bigquery.Error
	switch {
	case errors.As(err, &api):
		return ofResponse(api)
	case errors.As(err, &job):
		kind := reasons[job.Reason]
		return kind, remedies[job.Reason]
	}
	if s, ok := status.FromError(err); ok {
		return ofCode(s.Code())
	}
	if lost(err) {
		return warehouse.Unavailable, ""
	}
	return warehouse.Internal, ""
}

func ofResponse(api *googleapi.Error) (warehouse.Kind, string) {
	for _, e := range api.Errors {
		if kind, ok := reasons[e.Reason]; ok {
			return kind, remedies[e.Reason]
		}
	}
	switch {
	case api.Code == http.StatusBadRequest:
		return warehouse.BadQuery, ""
	case api.Code == http.StatusNotFound:
		return warehouse.NotFound, ""
	case api.Code == http.StatusConflict:
		return warehouse.Conflict, ""
	case api.Code == http.StatusForbidden, api.Code == http.StatusUnauthorized:
		return warehouse.Unavailable, accessRemedy
	case api.Code == http.StatusTooManyRequests, api.Code >= 500:
		return warehouse.Unavailable, ""
	}
	return warehouse.Internal, ""
}

func ofCode(code codes.Code) (warehouse.Kind, string) {
	switch code {
	case codes.InvalidArgument, codes.FailedPrecondition, codes.OutOfRange:
		return warehouse.BadQuery, ""
	case codes.NotFound:
		return warehouse.NotFound, ""
	case codes.PermissionDenied, codes.Unauthenticated:
		return warehouse.Unavailable, accessRemedy
	case codes.Unavailable, codes.ResourceExhausted, codes.Internal, codes.Aborted, codes.DeadlineExceeded, codes.Canceled:
		return warehouse.Unavailable, ""
	}
	return warehouse.Internal, ""
}

// transient is whether the same request may be taken a moment later.
func transient(err error) bool {
	var api *googleapi.Error
	if errors.As(err, &api) {
		for _, e := range api.Errors {
			switch e.Reason {
			case "backendError", "internalError", "rateLimitExceeded", "jobRateLimitExceeded", "jobBackendError", "jobInternalError":
				return true
			}
		}
		return api.Code == http.StatusTooManyRequests || api.Code >= 500
	}
	return lost(err)
}

// lost is whether the connection failed, or a limit of time that is not the caller's ran out.
func lost(err error) bool {
	var request *url.Error
	var network net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &request) || errors.As(err, &network)
}

// collided is whether BigQuery ended a transaction because another one changed the same table.
func collided(err error) bool {
	text := strings.ToLower(err.Error())
	return strings.Contains(text, "concurrent update") || strings.Contains(text, "concurrent transaction")
}
