"""What e-mail needs beside the channel: MIME, DKIM and the conversation by SMTP."""
