// The one button of a subscribing page: ask, subscribe, tell the shop; and the way back.
(() => {
  const part = document.getElementById("push");
  if (!part || !("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return;
  const on = part.querySelector("[data-on]"), off = part.querySelector("[data-off]"), status = part.querySelector("[role=status]");
  const say = (what) => { status.textContent = part.dataset[what]; };
  const show = (isOn) => { on.hidden = isOn; off.hidden = !isOn; };
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const tell = async (body) => {
    const answer = await fetch(part.dataset.url.replace(/^https?:\/\/[^/]+/, ""), {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)});
    if (!answer.ok) throw new Error((await answer.json()).detail);
  };
  const ready = () => navigator.serviceWorker.register(part.dataset.worker, {scope: "/push/"});
  on.addEventListener("click", async () => {
    try {
      if (await Notification.requestPermission() !== "granted") return say("refused");
      const registration = await ready();
      const made = await registration.pushManager.subscribe({userVisibleOnly: true, applicationServerKey: bytes(part.dataset.key)});
      await tell(made.toJSON());
      show(true);
      say("kept");
    } catch { say("failed"); }
  });
  off.addEventListener("click", async () => {
    try {
      const made = await (await ready()).pushManager.getSubscription();
      if (made) { await tell({endpoint: made.endpoint, gone: true}); await made.unsubscribe(); }
      show(false);
    } catch { say("failed"); }
  });
  part.hidden = false;
  navigator.serviceWorker.getRegistration("/push/").then((found) => found && found.pushManager.getSubscription()).then((made) => { if (made) { show(true); say("kept"); } });
})();
