//! What stands between the socket and the life of a request.
