self.addEventListener("push", (event) => {
  const said = event.data ? event.data.json() : {};
  event.waitUntil(self.registration.showNotification(said.title || "", {body: said.body || "", tag: said.tag, data: {url: said.url}}));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = event.notification.data && event.notification.data.url;
  if (/^https?:\/\//.test(url || "")) event.waitUntil(self.clients.openWindow(url));
});
