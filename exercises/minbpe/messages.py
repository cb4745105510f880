"""One customer message in several languages: the same words for every tokenizer to cut."""

from __future__ import annotations

MESSAGES: dict[str, str] = {
    "english": (
        "Your order has shipped and should arrive on Thursday. "
        "If anything is wrong, reply to this message and we will help."
    ),
    "german": (
        "Ihre Bestellung wurde versandt und sollte am Donnerstag ankommen. "
        "Wenn etwas nicht stimmt, antworten Sie auf diese Nachricht, und wir helfen Ihnen."
    ),
    "russian": (
        "Ваш заказ отправлен и должен прибыть в четверг. "
        "Если что-то не так, ответьте на это сообщение, и мы поможем."
    ),
    "arabic": (
        "تم شحن طلبك ومن المتوقع أن يصل يوم الخميس. إذا كان هناك أي خطأ، "
        "فقم بالرد على هذه الرسالة وسوف نساعدك."
    ),
    "chinese": "您的订单已发货，预计周四送达。如果有任何问题，请回复此消息，我们将为您提供帮助。",
    "hindi": (
        "आपका ऑर्डर भेज दिया गया है और गुरुवार को पहुँच जाना चाहिए। "
        "अगर कुछ गलत हो, तो इस संदेश का जवाब दें और हम मदद करेंगे।"
    ),
    "tamil": (
        "உங்கள் ஆர்டர் அனுப்பப்பட்டது, வியாழக்கிழமை வந்து சேரும். "
        "ஏதேனும் தவறு இருந்தால், இந்தச் செய்திக்குப் பதிலளிக்கவும், நாங்கள் உதவுவோம்."
    ),
}
